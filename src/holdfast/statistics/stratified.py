"""A rate from labels that were not spread evenly, and where the next label tells most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval

__all__ = ["Stratum", "next_label", "stratified_rate"]


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a population: ``good`` of ``labelled`` labels, drawn at random within it."""

    size: int
    labelled: int
    good: int

    @property
    def rate(self) -> float:
        """Of good ones, drawn to the middle while there are few labels (Jeffreys' prior)."""
        return (self.good + 0.5) / (self.labelled + 1)


def stratified_rate(strata: Sequence[Stratum], *, confidence: float = 0.95) -> Interval:
    """The rate of a whole population from labels of each of its parts.

    ``sum W_h p_h`` with the variance ``sum W_h^2 p_h (1 - p_h) / n_h`` and no gain from parts that
    are labelled whole (W. G. Cochran 1977, Sampling Techniques, chapter 5). Stratifying by what a
    judge says corrects the judge: parts it calls good count as good as their labels are. A part
    without labels could be anything: its rate is 1/2 and its variance the largest there is.

    Raises:
        StatisticsError: no population, more labels than members, confidence outside (0, 1).

    >>> found = stratified_rate([Stratum(900, 50, 48), Stratum(100, 50, 10)])
    >>> round(found.estimate, 3), round(found.low, 3), round(found.high, 3)
    (0.884, 0.831, 0.937)
    """
    for one in strata:
        require.successes(one.good, max(one.labelled, 1))
        if one.labelled > one.size:
            raise StatisticsError(f"{one.labelled!r} labels of {one.size!r}; count each once")
    total = sum(one.size for one in strata)
    if not total:
        raise StatisticsError("the strata are empty; pass some members")
    tail = (1 - require.fraction(confidence, "confidence")) / 2
    estimate = sum(one.size / total * _share(one) for one in strata)
    error = math.sqrt(sum((one.size / total) ** 2 * _variance(one) for one in strata))
    labelled = sum(one.labelled for one in strata)
    half = float(scipy.stats.norm.isf(tail)) * error
    return Interval(
        estimate,
        max(estimate - half, 0.0),
        min(estimate + half, 1.0),
        confidence,
        labelled,
        "stratified",
    )


def next_label(strata: Sequence[Stratum]) -> int | None:
    """The number of the part whose next label narrows the interval most; None when all is done.

    By what one label more takes off the variance (J. Neyman 1934, one label at a time).

    >>> next_label([Stratum(900, 50, 50), Stratum(100, 5, 2)])
    1
    """
    gains = [_gain(one, sum(s.size for s in strata)) for one in strata]
    best = max(range(len(gains)), key=gains.__getitem__, default=None)
    return best if best is not None and gains[best] > 0 else None


def _share(one: Stratum) -> float:
    return one.good / one.labelled if one.labelled else 0.5


def _variance(one: Stratum) -> float:
    """Of the rate of a part; with few labels as if half a good and half a bad one were added."""
    if one.labelled == one.size:
        return 0.0
    if not one.labelled:
        return 0.25
    unseen = 1 - one.labelled / one.size
    return unseen * one.rate * (1 - one.rate) / one.labelled


def _gain(one: Stratum, total: int) -> float:
    if one.labelled >= one.size:
        return 0.0
    more = Stratum(one.size, one.labelled + 1, min(one.good + 1, one.labelled + 1))
    spread = one.rate * (1 - one.rate)
    after = 0.0
    if more.labelled < one.size:
        after = (1 - more.labelled / one.size) * spread / more.labelled
    return (one.size / total) ** 2 * max(_variance(one) - after, 0.0)
