"""Group-sequential levels: how small a p-value must be to stop a test before its last case.

A test of a known largest size may be looked at on the way if each look spends a part of the risk.
K. K. G. Lan and D. L. DeMets (1983, Biometrika 70, 659-663): what is spent depends on the share of
the cases alone, so that looks need not be planned. The spending here is ``alpha * share ** 1.5``
(the power family of K. Kim and D. L. DeMets 1987, Biometrika 74, 149-154), near the best mean size
of such tests. Levels come from the recursion of P. Armitage, C. K. McPherson and B. C. Rowe (1969,
JRSS A 132, 235-244) over Brownian motion, and are held against p-values of whatever test fits the
data (C. Jennison and B. W. Turnbull 2000, Group Sequential Methods, section 3.6 and chapter 7).

This needs a largest size that is fixed before, cases in random order, and looks that do not depend
on what was seen. Where one of them is lacking, ``sequential`` and ``limits`` hold at any time, and
need more cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import scipy

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["Spending", "chance_left", "overall_p_value"]

POWER = 1.5
"""Between 1 (Pocock's, early) and 3 (O'Brien's and Fleming's, late)."""
_STEP = 0.02
_REACH = 9.0
_GRID: Floats = np.arange(-_REACH, _REACH, _STEP)
_STEPS = 24


class Spending:
    """The one-sided level of each look, one look after the other.

    A test that rejects as soon as a p-value is at most the level of its look rejects a true
    hypothesis with probability ``alpha`` at most, all looks together.

    Args:
        alpha: the risk of all looks together, one-sided.
        power: of the share of cases that the risk spent grows with.

    Raises:
        StatisticsError: alpha outside (0, 1); from ``level``, a share that is not above the last
            one and at most 1.

    >>> spending = Spending(0.05)
    >>> [round(spending.level(share), 4) for share in (0.25, 0.5, 0.75, 1.0)]
    [0.0063, 0.0138, 0.0229, 0.0338]
    """

    def __init__(self, alpha: float, *, power: float = POWER) -> None:
        self.alpha = require.fraction(alpha, "alpha")
        self._power = power
        self._share = 0.0
        self._spent = 0.0
        # Density of the score, sqrt(share) times z, where no look has rejected yet.
        self._density: Floats | None = None

    def level(self, share: float) -> float:
        """Take a look when this share of all cases is there; the level for its p-value."""
        if not self._share < share <= 1:
            raise StatisticsError(f"share is {share!r}; looks go on from {self._share!r} up to 1")
        density = self._moved(share - self._share)
        above = np.cumsum(density[::-1])[::-1] * _STEP
        spent = self.alpha * share**self._power
        wanted = spent - self._spent
        # ``above`` falls along the grid, from what is left of everything to nothing.
        place = int(np.searchsorted(-above, -wanted))
        if not 0 < place < len(_GRID):
            raise StatisticsError(f"alpha is {self.alpha!r}; too small for looks")
        part = (above[place - 1] - wanted) / (above[place - 1] - above[place])
        bound = float(_GRID[place - 1]) + _STEP * (float(part) - 0.5)
        self._density = density * np.clip((bound - _GRID) / _STEP + 0.5, 0.0, 1.0)
        self._share, self._spent = share, spent
        return float(scipy.special.ndtr(-bound / math.sqrt(share)))

    def _moved(self, time: float) -> Floats:
        """The density after more cases: a Brownian motion's, for so much of its time."""
        width = math.sqrt(time)
        if self._density is None:
            return _normal(_GRID, width)
        # An odd number of points, so that the kernel is centred.
        reach = math.ceil(_REACH * width / _STEP)
        points = np.arange(-reach, reach + 1).astype(np.float64) * _STEP
        kernel = _normal(points, width)
        whole = np.convolve(self._density, kernel) * _STEP
        moved: Floats = whole[reach : reach + len(_GRID)]
        return moved


def overall_p_value(p_value: float, shares: Sequence[float], *, power: float = POWER) -> float:
    """The least alpha at which the last of these looks would have rejected.

    A p-value of the whole test, looks and all (Q. Liu and K. M. Anderson 2008, JASA 103,
    1621-1630): of a true hypothesis it is at most ``a`` with probability ``a`` at most.

    Args:
        p_value: of the test at the last look alone.
        shares: of the cases that each look had, rising.
        power: as for ``Spending``.

    >>> overall_p_value(0.04, [1.0]), round(overall_p_value(0.0229, [0.25, 0.5, 0.75]), 3)
    (0.04, 0.05)
    """
    if len(shares) == 1 and shares[0] == 1:
        return p_value
    low, high = math.log(1e-9), math.log(0.5)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        spending = Spending(math.exp(middle), power=power)
        levels = [spending.level(share) for share in shares]
        low, high = (low, middle) if levels[-1] >= p_value else (middle, high)
    return math.exp(high) if high < math.log(0.5) else 1.0


def chance_left(z: float, *, share: float, alpha: float) -> float:
    """How probable it is that all cases will reject, after a share of them has said ``z``.

    Predictive probability under a flat prior on the effect (D. J. Spiegelhalter, L. S. Freedman
    and P. R. Blackburn 1986, Controlled Clinical Trials 7, 8-17). Stopping where it is small never
    makes a wrong rejection more likely.

    >>> round(chance_left(1.0, share=0.5, alpha=0.05), 2), chance_left(-1.0, share=0.5, alpha=0.05)
    (0.41, 0.0011...)
    """
    if not 0 < share < 1:
        raise StatisticsError(f"share is {share!r}; between 0 and 1 something is left")
    needed = -float(scipy.special.ndtri(alpha))
    ahead = (z / math.sqrt(share) - needed) / math.sqrt((1 - share) / share)
    return float(scipy.special.ndtr(ahead))


def _normal(x: Floats, width: float) -> Floats:
    found: Floats = np.exp(-0.5 * (x / width) ** 2) / (width * math.sqrt(2 * math.pi))
    return found
