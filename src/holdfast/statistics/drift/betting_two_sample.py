"""Betting two-sample detector: has a number changed in place or spread, at any time?"""

from __future__ import annotations

import bisect

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.drift.gamblers import Gamblers

__all__ = ["BettingTwoSample"]


class BettingTwoSample:
    """Evidence that a stream of numbers is no longer exchangeable with its reference.

    The rank of each number among all before it, reference included, is uniform as long as nothing
    changed, and independent of earlier ranks; gamblers bet on high, low, outer and inner ranks,
    some of them starting at each row (a conformal test martingale: V. Vovk, A. Gammerman and G.
    Shafer 2005, ch. 7; two-sample testing by betting: S. Shekhar and A. Ramdas 2023, arXiv
    2112.09162). ``P(ever a false alarm) <= alpha``, however long the stream, whatever the
    distribution. Unlike ``shiryaev_roberts`` it needs no bounds and looks in both directions; it
    is slower. ``value`` is an e-value: it may go through ``multiplicity.ELond``.

    Args:
        reference: numbers from before, two at least; some hundreds to see a change soon.
        alpha: risk of ever raising a false alarm.
        seed: breaks ties among equal numbers.

    Raises:
        StatisticsError: fewer than two rows, NaN, alpha outside (0, 1); from ``update``, a number
            that is not finite.

    >>> rng = np.random.default_rng(0)
    >>> detector = BettingTwoSample(rng.normal(size=500))
    >>> for x in rng.normal(size=500):
    ...     detector.update(x)
    >>> detector.drifted
    False
    >>> for x in rng.normal(1.0, size=150):
    ...     detector.update(x)
    >>> detector.drifted
    True
    """

    def __init__(self, reference: ArrayLike, *, alpha: float = 0.001, seed: int = 0) -> None:
        self._seen: list[float] = sorted(require.sample(reference, "reference", least=2).tolist())
        self.alpha = require.fraction(alpha, "alpha")
        self._rng = np.random.default_rng(seed)
        self._gamblers = Gamblers()
        self.n = 0
        self.alarm_at: int | None = None

    def update(self, x: float) -> None:
        """Take the next number."""
        value = require.number(x, "x")
        below = bisect.bisect_left(self._seen, value)
        above = bisect.bisect_right(self._seen, value)
        rank = (below + float(self._rng.random()) * (above - below + 1)) / (len(self._seen) + 1)
        self._seen.insert(above, value)
        self.n += 1
        self._gamblers.update(rank)
        if self.alarm_at is None and self.value >= 1 / self.alpha:
            self.alarm_at = self.n

    @property
    def value(self) -> float:
        """The capital now, 1 at the start; ``1/alpha`` raises the alarm."""
        return self._gamblers.value

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised."""
        return self.alarm_at is not None
