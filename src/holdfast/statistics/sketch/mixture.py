"""Several sketches as one, each with a share of its own instead of its number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics.require import Floats
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch
from holdfast.statistics.sketch.points import PointSketch

__all__ = ["mixture"]

S = TypeVar("S", bound=NumberSketch | LabelSketch | PointSketch)


def mixture(parts: Sequence[S], shares: ArrayLike) -> S:
    """The rows of several sketches at another mix than that in which they came.

    The estimate of a stratified sample: distributions are averaged by ``shares``. It holds as
    many rows as tell as much (L. Kish 1965, Survey Sampling): ``1 / sum(share**2 / rows)``,
    rounded. Missing values are in none of it.

    Args:
        parts: sketches of one layout, each with a row that is not missing.
        shares: of each part; they need not sum to 1.

    Raises:
        StatisticsError: no parts, one without rows, or no positive share.

    >>> from holdfast.statistics.sketch.label import LabelLayout
    >>> layout = LabelLayout.of({"orders": 3, "returns": 1})
    >>> day = layout.sketch(layout.names, np.repeat([0, 1], [90, 10]))
    >>> night = layout.sketch(layout.names, np.repeat([0, 1], [20, 80]))
    >>> both = mixture([day, night], [1, 1])
    >>> both.n, both.counts.round(6).tolist()
    (200, [110.0, 90.0, 0.0])
    """
    weights = np.asarray(shares, dtype=np.float64)
    rows = np.array([part.n for part in parts], dtype=np.float64)
    if weights.shape != rows.shape or not rows.size or rows.min() <= 0 or weights.sum() <= 0:
        raise StatisticsError(
            f"{len(parts)!r} parts of {rows.tolist()!r} rows with shares {weights.tolist()!r}; "
            "give each part a share, and parts that have rows"
        )
    if len(parts) == 1:
        return parts[0]
    weights = weights / weights.sum()
    n = max(round(1 / float(np.sum(weights**2 / rows))), 1)
    found: Any
    match parts[0]:
        case PointSketch():
            found = _points(cast("Sequence[PointSketch]", parts), weights, n=n)
        case LabelSketch():
            labels = cast("Sequence[LabelSketch]", parts)
            found = replace(labels[0], counts=_counts(labels, weights, n=n), missing=0, others={})
        case _:
            found = _numbers(cast("Sequence[NumberSketch]", parts), weights, n=n)
    return cast("S", found)


def _counts(
    parts: Sequence[NumberSketch] | Sequence[LabelSketch], weights: Floats, *, n: int
) -> Floats:
    shares = np.stack([part.counts / part.n for part in parts])
    found: Floats = n * (weights @ shares)
    return found


def _numbers(parts: Sequence[NumberSketch], weights: Floats, *, n: int) -> NumberSketch:
    means = np.array([part.mean for part in parts])
    spreads = np.array([part.squares / part.n for part in parts])
    mean = float(weights @ means)
    return replace(
        parts[0],
        counts=_counts(parts, weights, n=n),
        mean=mean,
        squares=n * float(weights @ (spreads + (means - mean) ** 2)),
        low=min(part.low for part in parts),
        high=max(part.high for part in parts),
        missing=0,
        above=0,
        under=0,
    )


def _points(parts: Sequence[PointSketch], weights: Floats, *, n: int) -> PointSketch:
    means = np.stack([part.mean for part in parts])
    mean: Floats = weights @ means
    around = means - mean
    scatter: Floats = np.tensordot(weights, np.stack([p.scatter / p.n for p in parts]), 1)
    return PointSketch(
        parts[0].width, n, mean, n * (scatter + (weights[:, None] * around).T @ around)
    )
