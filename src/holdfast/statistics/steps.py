"""Two distribution functions where either steps, and how far apart chance takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.statistics import permutation
from holdfast.statistics.require import Floats, Ints

__all__ = ["Steps", "gap_p_values", "steps"]

_EXACT = 1_000_000
"""Product of the samples' sizes up to which paths are counted."""
_SURE = 1e-9
"""Probabilities below are lost in rounding."""
_FEW = 200
"""Distinct values up to which large samples are dealt anew."""
_DEALS = 2_000
_OVERSHOOT = 0.5826
"""Mean overshoot of a random walk, ``-zeta(1/2) / sqrt(2 pi)``."""


@dataclass(frozen=True, slots=True)
class Steps:
    """At each distinct value of both samples: rows of the first, and of the second, up to it."""

    values: Floats
    first: Ints
    second: Ints

    @property
    def sizes(self) -> tuple[int, int]:
        return int(self.first[-1]), int(self.second[-1])

    @property
    def gap(self) -> int:
        """Largest difference of both functions, times the product of the sizes."""
        n, m = self.sizes
        return int(np.abs(self.first * m - self.second * n).max())

    @property
    def area(self) -> float:
        """Integral of the absolute difference: the 1-Wasserstein distance."""
        n, m = self.sizes
        apart = np.abs(self.first[:-1] / n - self.second[:-1] / m)
        return float(apart @ np.diff(self.values))

    @property
    def energy(self) -> tuple[float, float]:
        """Szekely and Rizzo's energy distance, and twice the mean distance across."""
        n, m = self.sizes
        f, g, width = self.first[:-1] / n, self.second[:-1] / m, np.diff(self.values)
        return 2 * float((f - g) ** 2 @ width), 2 * float((f * (1 - g) + g * (1 - f)) @ width)


def steps(first: Floats, second: Floats) -> Steps:
    """Count both samples up to each value; neither may be empty.

    >>> found = steps(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    >>> found.first, found.second, found.gap / 4, found.area
    (array([1, 2, 2]), array([0, 1, 2]), 0.5, 1.0)
    """
    both = np.concatenate([np.sort(first), np.sort(second)])
    # Two runs that are in order are only merged.
    order = np.argsort(both, kind="stable")
    pooled = both[order]
    ends = np.append(np.flatnonzero(pooled[1:] != pooled[:-1]), len(pooled) - 1)
    counted = np.cumsum(order < len(first))[ends]
    return Steps(pooled[ends], counted, ends + 1 - counted)


def gap_p_values(found: Steps, *, seed: int = 0) -> tuple[float, float]:
    """Share of deals of the rows whose gap is larger, and whose gap is at least as large.

    Given the ties there are, for the table of Kolmogorov is far too careful with tied values. Up
    to some hundred rows all deals are counted (G. Schroer and D. Trenkler 1995, Computational
    Statistics and Data Analysis 20, 185-202). Above, rows of few values are dealt anew; of many
    values, Kolmogorov's limit is taken at the gap plus the overshoot that steps of that size hide
    (D. Siegmund 1985, Sequential Analysis, ch. 10).

    >>> above, least = gap_p_values(steps(np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5, 0.6])))
    >>> above, round(least, 3)
    (0.0, 0.1)
    """
    n, m = found.sizes
    gap = found.gap
    if gap == 0:
        return 1.0, 1.0
    height = gap / (n * m) * math.sqrt(n * m / (n + m))
    careful = float(scipy.special.kolmogorov(height))
    if n * m <= _EXACT:
        above, least = _outside(found, (gap + 1, gap))
        return (above, least) if least > _SURE else (careful, careful)
    shares = np.diff(found.first + found.second, prepend=0) / (n + m)
    if len(found.values) <= _FEW and careful > 1 / _DEALS:
        return _dealt(found, gap, seed)
    hidden = _OVERSHOOT * math.sqrt(float(shares @ shares))
    p_value = float(scipy.special.kolmogorov(height + hidden))
    return p_value, p_value


def _outside(found: Steps, bounds: tuple[int, int]) -> tuple[float, float]:
    """Probabilities that dealt rows have a gap of each bound or more at the end of some tie."""
    short, long = sorted(found.sizes)
    ended = np.zeros(short + long + 1, dtype=np.bool_)
    ended[found.first + found.second] = True
    at = np.arange(long + 1) * short
    wide = np.array(bounds)[:, np.newaxis]
    # Of paths to (i, j), over all there are to (i, long), those that were never wide.
    kept = 1.0 - np.logical_or.accumulate(ended[: long + 1] & (at >= wide), axis=1)
    for i in range(1, short + 1):
        out = ended[i : i + long + 1] & (np.abs(at - i * long) >= wide)
        sums = np.cumsum(kept * (i / (i + long)), axis=1)
        kept = sums - np.maximum.accumulate(np.where(out, sums, 0.0), axis=1)
    above, least = np.clip(1.0 - kept[:, -1], 0.0, 1.0).tolist()
    return float(above), float(least)


def _dealt(found: Steps, gap: int, seed: int) -> tuple[float, float]:
    n, m = found.sizes
    table = np.stack([np.diff(found.first, prepend=0), np.diff(found.second, prepend=0)])
    deals = permutation.deal_tables(table, deals=_DEALS, rng=np.random.default_rng(seed))
    up_to: NDArray[np.int64] = np.cumsum(deals, axis=2)
    gaps = np.abs(up_to[:, 0] * m - up_to[:, 1] * n).max(axis=1)
    above, least = int(np.sum(gaps > gap)), int(np.sum(gaps >= gap))
    return above / (_DEALS + 1), (least + 1) / (_DEALS + 1)
