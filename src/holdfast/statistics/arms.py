"""Compare a candidate with a baseline while both receive traffic, and stop at any time.

For a canary: the arms need not be paired nor equally large, values may arrive in any order, and
one may look after each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
import scipy
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.betting import LARGEST_STAKE
from holdfast.statistics.interval import Interval
from holdfast.statistics.require import Floats
from holdfast.statistics.sequential import Verdict

__all__ = ["STAKES", "Arm", "TwoArmTest"]

Arm: TypeAlias = Literal["baseline", "candidate"]

STAKES = np.geomspace(0.004, LARGEST_STAKE, 8)
"""Shares of the capital that gamblers bet each time; the capital is spread over all of them."""

_NEARLY_NOTHING = 1e-12
_LARGEST_LOG = 700.0


class TwoArmTest:
    """Anytime-valid test of the difference of two bounded means, candidate minus baseline.

    For each pair of means that a hypothesis allows, two gamblers bet: one on the baseline's values
    lying to one side of its mean, one on the candidate's lying to the other. The product of their
    capitals is an e-process if that pair is the truth, so the smallest product over all allowed
    pairs is one for the whole hypothesis: ``E = min_m K_baseline(m) K_candidate(m - margin)``.
    Each gambler spreads the capital over eight constant stakes; the minimum is taken over a grid
    and rounded so that it can only be too small.

    Capital by betting: Waudby-Smith and Ramdas (2024), arXiv 2010.09686; infimum over the
    nuisance: Ramdas et al. (2023), Game-theoretic statistics, arXiv 2210.01948, section 4.

    Args:
        margin: largest loss that is acceptable, in the unit of the values, 0 or more: the verdict
            is ``pass`` once "worse by so much or more" is refuted.
        harm: the loss that fails, 0 to ``margin``: the verdict is ``fail`` once "worse by so much
            at most" is refuted. Default: ``margin``. At 0 whatever is worse at all fails.
        bounds: what a value can be at least and at most.
        confidence: of each verdict, whenever one looks.
        cells: of the grid over the bounds.

    Raises:
        StatisticsError: a negative margin, a harm outside 0 to margin, bad bounds, confidence or
            cells; from ``update`` and ``extend``, an unknown arm or a value that is NaN or
            outside the bounds.

    >>> rng = np.random.default_rng(0)
    >>> canary = TwoArmTest(0.02)
    >>> for ok in rng.random(3000) < 0.90:
    ...     canary.update(ok, arm="baseline")
    >>> canary.extend(rng.random(500) < 0.75, arm="candidate")
    >>> canary.verdict
    'fail'
    >>> round(canary.difference.low, 3), round(canary.difference.high, 3)
    (-0.239, -0.093)
    """

    def __init__(
        self,
        margin: float,
        *,
        harm: float | None = None,
        bounds: tuple[float, float] = (0.0, 1.0),
        confidence: float = 0.95,
        cells: int = 1_000,
    ) -> None:
        self.margin = require.number(margin, "margin")
        if margin < 0:
            raise StatisticsError(f"margin is {margin!r}; it must be 0 or more")
        self.harm = margin if harm is None else require.number(harm, "harm")
        if not 0 <= self.harm <= margin:
            raise StatisticsError(f"harm is {harm!r}; it must lie between 0 and margin {margin!r}")
        self._bounds = require.bounds(bounds)
        self.confidence = require.fraction(confidence, "confidence")
        self._rich = -math.log(1 - confidence)
        self._grid = np.linspace(0, 1, require.count(cells, "cells", least=10) + 1)
        self._arms = {"baseline": _Arm(self._grid), "candidate": _Arm(self._grid)}
        self._verdict: Verdict = "inconclusive"

    def update(self, x: float, *, arm: Arm) -> None:
        """Take the next value of an arm."""
        self.extend([x], arm=arm)

    def extend(self, values: ArrayLike, *, arm: Arm) -> None:
        """Take several values of an arm at once; their order does not matter."""
        if arm not in self._arms:
            raise StatisticsError(f"arm is {arm!r}; use 'baseline' or 'candidate'")
        array = require.sample(values, "values")
        low, high = require.bounds(self._bounds, array)
        self._arms[arm].extend((array - low) / (high - low))

    @property
    def verdict(self) -> Verdict:
        """``pass``, ``fail`` or, until one of them is certain, ``inconclusive``; then it stays."""
        if self._verdict == "inconclusive":
            span = self._bounds[1] - self._bounds[0]
            if self._below(-self.harm / span) >= self._rich:
                self._verdict = "fail"
            elif self._above(-self.margin / span) >= self._rich:
                self._verdict = "pass"
        return self._verdict

    @property
    def value(self) -> float:
        """Evidence that the candidate is worse by less than the margin; ``1/alpha`` passes."""
        span = self._bounds[1] - self._bounds[0]
        return math.exp(min(self._above(-self.margin / span), _LARGEST_LOG))

    @property
    def harmed(self) -> float:
        """Evidence that the candidate is worse by more than ``harm``; ``1/alpha`` fails."""
        span = self._bounds[1] - self._bounds[0]
        return math.exp(min(self._below(-self.harm / span), _LARGEST_LOG))

    @property
    def difference(self) -> Interval:
        """Candidate minus baseline, with limits that each hold at ``confidence`` at any time."""
        span = self._bounds[1] - self._bounds[0]
        cells = len(self._grid) - 1
        low = _last(lambda k: self._above(k / cells) >= self._rich, -cells, cells)
        high = -_last(lambda k: self._below(-k / cells) >= self._rich, -cells, cells)
        baseline, candidate = self._arms["baseline"], self._arms["candidate"]
        return Interval(
            estimate=(candidate.mean - baseline.mean) * span,
            low=low / cells * span,
            high=high / cells * span,
            confidence=2 * self.confidence - 1,
            n=baseline.n + candidate.n,
            method="two-arm-betting",
        )

    def _above(self, t: float) -> float:
        """Log evidence against "the difference is t at most", t in units of the bounds."""
        cells = len(self._grid) - 1
        i = np.arange(cells)
        claimed = i + 1 + math.ceil(t * cells - 1e-9)
        possible = claimed >= 0
        losses = self._arms["baseline"].log_capital(upwards=False)[i[possible]]
        gains = self._arms["candidate"].log_capital(upwards=True)
        return float(np.min(losses + gains[np.minimum(claimed[possible], cells)], initial=math.inf))

    def _below(self, t: float) -> float:
        """Log evidence against "the difference is t at least"."""
        cells = len(self._grid) - 1
        i = np.arange(cells)
        claimed = i + math.floor(t * cells + 1e-9)
        possible = claimed <= cells
        gains = self._arms["baseline"].log_capital(upwards=True)[i[possible] + 1]
        losses = self._arms["candidate"].log_capital(upwards=False)
        return float(np.min(gains + losses[np.maximum(claimed[possible], 0)], initial=math.inf))


class _Arm:
    """Log capital of every stake against every claimed mean, upwards and downwards."""

    def __init__(self, grid: Floats) -> None:
        self.n = 0
        self._sum = 0.0
        self._claims = {
            True: np.maximum(grid, _NEARLY_NOTHING),
            False: np.maximum(1 - grid, _NEARLY_NOTHING),
        }
        self._logs = {way: np.zeros((len(STAKES), len(grid))) for way in (True, False)}

    def extend(self, unit: Floats) -> None:
        distinct, counts = np.unique(unit, return_counts=True)
        for x, times in zip(distinct, counts, strict=True):
            for upwards, claims in self._claims.items():
                gain = (x if upwards else 1 - x) / claims - 1
                self._logs[upwards] += times * np.log1p(STAKES[:, np.newaxis] * gain)
        self.n += len(unit)
        self._sum += float(np.sum(unit))

    def log_capital(self, *, upwards: bool) -> Floats:
        """Log of the capital averaged over the stakes, one for each claimed mean."""
        total: Floats = scipy.special.logsumexp(self._logs[upwards], axis=0)
        return total - math.log(len(STAKES))

    @property
    def mean(self) -> float:
        return self._sum / self.n if self.n else 0.0


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Largest k for which ``holds``, which is true up to some k; ``low`` where it never is."""
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
