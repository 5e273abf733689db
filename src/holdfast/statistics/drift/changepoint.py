"""Where in a series did its mean change?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import permutation, require
from holdfast.statistics.require import Floats

__all__ = ["ChangePoint", "changepoint"]

_BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The first row after the change, the rows it may be at, and the means on both sides."""

    index: int
    earliest: int
    latest: int
    before: float
    after: float
    p_value: float
    confidence: float


def changepoint(
    values: ArrayLike,
    *,
    least: int = 5,
    confidence: float = 0.9,
    resamples: int = 500,
    seed: int = 0,
) -> ChangePoint:
    """Locate the one change of mean that explains a series best.

    The split with the largest ``sqrt(k (n-k) / n) |mean_after - mean_before|`` (a cumulated sum;
    D. V. Hinkley 1970, Biometrika 57, 1-17). The p-value is that of its size among shuffled
    series; ``earliest`` and ``latest`` hold the change in ``confidence`` of repetitions, by
    drawing both sides anew (M. Huskova and C. Kirch 2008, Journal of Time Series Analysis 29,
    947-972). Rows must not depend on each other but through the change.

    Args:
        values: numbers in the order they came.
        least: rows that either side must have.
        confidence: of the range of rows.
        resamples: series drawn for the p-value, and again for the range.
        seed: of the draws.

    Raises:
        StatisticsError: fewer rows than two sides need, NaN, confidence outside (0, 1).

    >>> rng = np.random.default_rng(0)
    >>> found = changepoint(np.concatenate([rng.normal(size=120), rng.normal(1.5, size=80)]))
    >>> found.index, (found.earliest, found.latest), found.p_value < 0.01
    (116, (112, 120), True)
    """
    sides = require.count(least, "least")
    array = require.sample(values, "values", least=2 * sides)
    require.fraction(confidence, "confidence")
    draws = require.count(resamples, "resamples", least=20)
    rng = np.random.default_rng(seed)
    size, split = _best(array[np.newaxis], sides)
    at = int(split[0])
    shuffled = [
        _best(rng.permuted(np.tile(array, (rows, 1)), axis=1), sides)[0]
        for rows in _batches(draws, len(array))
    ]
    before, after = array[:at], array[at:]
    redrawn = [
        _best(
            np.hstack(
                [rng.choice(before, size=(rows, at)), rng.choice(after, size=(rows, len(after)))]
            ),
            sides,
        )[1]
        for rows in _batches(draws, len(array))
    ]
    # The estimate errs from the truth as redrawn estimates err from it: mirror their errors.
    errors = np.concatenate(redrawn) - at
    tail = (1 - confidence) / 2
    low, high = np.quantile(errors, [tail, 1 - tail], method="nearest")
    return ChangePoint(
        index=at,
        earliest=max(at - int(high), sides),
        latest=min(at - int(low), len(array) - sides),
        before=float(before.mean()),
        after=float(after.mean()),
        p_value=permutation.p_value(float(size[0]), np.concatenate(shuffled)),
        confidence=confidence,
    )


def _best(series: Floats, least: int) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Size and place of the best split of each row of ``series``."""
    n = series.shape[1]
    k = np.arange(least, n - least + 1)
    sums = np.cumsum(series - series.mean(axis=1, keepdims=True), axis=1)[:, k - 1]
    gaps = np.abs(sums) * np.sqrt(n / (k * (n - k)))
    best = gaps.argmax(axis=1)
    return gaps.max(axis=1), k[best]


def _batches(draws: int, n: int) -> list[int]:
    """Draws in parts that fit into memory."""
    most = max(1, _BATCH // n)
    return [min(most, draws - start) for start in range(0, draws, most)]
