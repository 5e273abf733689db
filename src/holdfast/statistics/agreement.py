"""How far raters agree beyond chance: a judge with humans, with another judge, with itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval, clopper_pearson
from holdfast.statistics.require import Floats

__all__ = ["Level", "cohen_kappa", "krippendorff_alpha"]

Level: TypeAlias = Literal["nominal", "ordinal", "interval"]


def cohen_kappa(
    first: Sequence[Any] | NDArray[Any],
    second: Sequence[Any] | NDArray[Any],
    *,
    confidence: float = 0.95,
) -> Interval:
    """Agreement of two raters on categories: 1 is perfect, 0 is what chance gives.

    ``(p_o - p_e) / (1 - p_e)`` (J. Cohen 1960, Educational and Psychological Measurement 20,
    37-46), with the large-sample standard error of Fleiss, Cohen and Everitt (1969). Where the
    raters never differ that is 0, and the lower limit comes from the exact one of ``p_o``.

    Args:
        first: a label for each item.
        second: the other rater's label of the same items in the same order.
        confidence: of the two-sided interval, cut to [-1, 1].

    Raises:
        StatisticsError: lengths differ, a missing label, or both raters know one label only, for
            which chance agreement is perfect and kappa is 0/0.

    >>> kappa = cohen_kappa(list("aaaabbbbcc"), list("aaabbbbbca"))
    >>> round(kappa.estimate, 3), round(kappa.low, 3), round(kappa.high, 3)
    (0.677, 0.291, 1.0)
    """
    a, b = require.codes(first, second)
    require.same_length(a, b)
    n, size = len(a), int(max(a.max(), b.max())) + 1
    table = np.bincount(a * size + b, minlength=size * size).reshape(size, size) / n
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float(np.trace(table)), float(rows @ columns)
    if expected >= 1 - 1e-12:
        raise StatisticsError(
            f"both raters gave {str(first[0])!r} to all {n!r} items; add items of another kind"
        )
    if not np.any(a != b):
        least = clopper_pearson(n, n, confidence=confidence).low
        low = (least - expected) / (1 - expected)
        return Interval(1.0, low, 1.0, confidence, n, "cohen-kappa-exact")
    kappa = (observed - expected) / (1 - expected)
    diagonal = np.diag(table) * (1 - (rows + columns) * (1 - kappa)) ** 2
    outer = (columns[:, np.newaxis] + rows[np.newaxis, :]) ** 2 * table
    beside = (1 - kappa) ** 2 * (float(outer.sum()) - float(np.trace(outer)))
    centre = (kappa - expected * (1 - kappa)) ** 2
    variance = (float(diagonal.sum()) + beside - centre) / (n * (1 - expected) ** 2)
    half = _normal_quantile(confidence) * math.sqrt(max(variance, 0.0))
    return Interval(
        kappa, max(kappa - half, -1.0), min(kappa + half, 1.0), confidence, n, "cohen-kappa"
    )


def krippendorff_alpha(
    ratings: Sequence[Sequence[Any]] | NDArray[Any], *, level: Level = "nominal"
) -> float:
    """Agreement of any number of raters, with gaps: 1 is perfect, 0 is what chance gives.

    ``1 - D_o / D_e``, observed over expected disagreement of the pairs of values within units.
    K. Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    Args:
        ratings: one row a rater, one column a unit; None or NaN where a rater gave none.
        level: ``nominal`` labels, ``ordinal`` ranks (numbers whose distances mean nothing) or
            ``interval`` numbers.

    Raises:
        StatisticsError: rows of different lengths, no unit with two ratings, labels that are not
            numbers at an ordinal or interval level, or one and the same value everywhere.

    >>> ratings = [[1, 2, 3, None], [1, 2, 3, 3], [1, 2, 2, 3]]
    >>> round(krippendorff_alpha(ratings), 3)
    0.75
    >>> round(krippendorff_alpha(ratings, level="interval"), 3)
    0.868
    """
    if level not in ("nominal", "ordinal", "interval"):
        raise StatisticsError(f"level is {level!r}; use 'nominal', 'ordinal' or 'interval'")
    units = _units(ratings)
    if not units:
        raise StatisticsError("no unit has two ratings; agreement needs pairs")
    values = list(dict.fromkeys(value for unit in units for value in unit))
    if level != "nominal":
        values = sorted(_numbers(values))
    if len(values) == 1:
        raise StatisticsError(f"every rating is {values[0]!r}; add units of another kind")
    place = {value: index for index, value in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for unit in units:
        counts = np.bincount([place[value] for value in unit], minlength=len(values))
        pairs = np.outer(counts, counts) - np.diag(counts)
        together += pairs / (len(unit) - 1)
    totals: Floats = together.sum(axis=0)
    distance = _distance(values, totals, level)
    observed = float((together * distance).sum())
    expected = float((np.outer(totals, totals) * distance).sum()) / (float(totals.sum()) - 1)
    return 1 - observed / expected


def _units(ratings: Sequence[Sequence[Any]] | NDArray[Any]) -> list[list[Any]]:
    """The ratings of each unit that has at least two."""
    rows = [list(row) for row in ratings]
    for row in rows:
        require.same_length(rows[0], row)
    columns = [[v for v in unit if not _missing(v)] for unit in zip(*rows, strict=True)]
    return [unit for unit in columns if len(unit) > 1]


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _numbers(values: list[Any]) -> list[float]:
    return [float(v) for v in require.sample(values, "ratings")]


def _distance(values: list[Any], totals: Floats, level: Level) -> Floats:
    """Squared difference of every two values, as the level of measurement defines it."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "interval":
        scale = np.array(values, dtype=np.float64)
    else:
        # How many ratings lie between two ranks, half of each end counted.
        scale = np.cumsum(totals) - totals / 2
    squared: Floats = (scale[:, np.newaxis] - scale[np.newaxis, :]) ** 2
    return squared


def _normal_quantile(confidence: float) -> float:
    return float(scipy.stats.norm.ppf((1 + require.fraction(confidence, "confidence")) / 2))
