"""Does a mean reach a threshold, and how sure is that?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.statistics.interval import Interval, bounded_mean, clopper_pearson, mean_interval
from holdfast.statistics.moments import group

SMALLEST = 1e-6
"""p-values are not told below this."""
STEPS = 18


@dataclass(frozen=True, slots=True)
class Held:
    """The mean, its limits (each alone at the confidence asked for), and what they say."""

    estimate: float
    low: float
    high: float
    passes: bool
    p_fail: float
    """Against "the mean reaches the threshold"; small when it does not."""


def hold(
    values: Sequence[float],
    *,
    bar: float,
    higher: bool = True,
    clusters: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Held:
    """Whether the mean of one value a case is at least ``bar`` (at most, unless ``higher``).

    A bar that is the best there can be (1, or 0 where lower is better) is no claim about a mean:
    it holds when every value reaches it.

    Raises:
        StatisticsError: no values, NaN, a confidence of 0.5 or less.

    >>> hold([1.0] * 60, bar=0.9).passes, hold([1.0] * 10, bar=0.9).passes
    (True, False)
    >>> hold([1.0] * 10, bar=1.0).passes
    True
    """
    limits = limits_at(values, clusters, bar=bar, higher=higher)
    found = limits(1 - confidence)
    mean = float(np.mean(values))
    if bar == (1.0 if higher else 0.0):
        every = all(value == bar for value in values)
        return Held(mean, found.low, found.high, every, 1.0 if every else 0.0)

    def short(alpha: float) -> bool:
        at = limits(alpha)
        return at.high < bar if higher else at.low > bar

    passes = found.low >= bar if higher else found.high <= bar
    return Held(mean, found.low, found.high, passes, p_value(short))


def limits_at(
    values: Sequence[float],
    clusters: Sequence[str] | None,
    *,
    bar: float,
    higher: bool,
    exact: bool = False,
) -> Callable[[float], Interval]:
    """The interval whose limits each are wrong with probability ``alpha``.

    ``exact`` takes Clopper and Pearson's limits for zeros and ones: one of many looks has an alpha
    far below those at which other limits of a rate are right on average.
    """
    inside = (0.0 if min(values, default=0.0) >= 0 else -1.0, 1.0)
    # What an amount may grow to is not known; twice what was seen or allowed serves where nothing
    # varies and so no spread can be measured.
    widest = inside if higher else (0.0, 2 * max(*values, bar, 1e-9))

    varies = min(values, default=0.0) != max(values, default=0.0)
    groups = group(np.asarray(values, dtype=np.float64), clusters)
    means = groups.means
    if len(set(groups.sizes.tolist())) == 1:
        # Clusters of one size are reduced to their means first; here once, not at each alpha.
        values, clusters = means.tolist(), None

    rate = exact and clusters is None and set(values) <= {0.0, 1.0}

    def limits(alpha: float) -> Interval:
        confidence = 1 - 2 * alpha
        if rate:
            return clopper_pearson(round(sum(values)), len(values), confidence=confidence)
        bounds = inside if higher else None
        if (varies and len(means) > 1) or higher:
            try:
                return mean_interval(
                    values, clusters=clusters, bounds=bounds, confidence=confidence
                )
            except StatisticsError:
                pass
        return bounded_mean(means, bounds=widest, confidence=confidence)

    return limits


def p_value(refuted: Callable[[float], bool]) -> float:
    """The smallest one-sided alpha at which the limits refute a claim, by halving."""
    if not refuted(0.49):
        return 1.0
    if refuted(SMALLEST):
        return SMALLEST
    low, high = math.log(SMALLEST), math.log(0.49)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if refuted(math.exp(middle)) else (middle, high)
    return math.exp(high)
