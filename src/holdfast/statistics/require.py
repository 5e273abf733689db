"""Turn what a caller passed into arrays that a statistic is defined on, or say what is wrong.

Every function takes the value and the name that the message should call it by, and raises
StatisticsError naming the value and the next step.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError

__all__ = [
    "Counts",
    "Floats",
    "Ints",
    "binary",
    "bounds",
    "codes",
    "count",
    "fraction",
    "number",
    "points",
    "positive",
    "same_length",
    "sample",
    "successes",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Counts: TypeAlias = Ints | Floats
"""Rows in each bin; fractions of rows where they were weighted."""

_TABLE = 2


def sample(values: ArrayLike, name: str, *, least: int = 1) -> Floats:
    """One-dimensional finite numbers, at least ``least`` of them."""
    array = _floats(values, name)
    if array.ndim != 1:
        raise StatisticsError(f"{name} has shape {array.shape!r}; pass one number per row")
    _enough(len(array), name, least)
    _finite(array, name)
    return array


def points(values: ArrayLike, name: str, *, least: int = 1) -> Floats:
    """Finite rows of shape ``(rows, columns)``; a one-dimensional input is one column."""
    array = _floats(values, name)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != _TABLE or array.shape[1] == 0:
        raise StatisticsError(f"{name} has shape {array.shape!r}; pass (rows, columns)")
    _enough(len(array), name, least)
    _finite(array, name)
    return array


def binary(values: ArrayLike, name: str, *, least: int = 1) -> NDArray[np.bool_]:
    """True/False or 1/0, one per row."""
    array = sample(values, name, least=least)
    wrong = np.flatnonzero((array != 0) & (array != 1))
    if wrong.size:
        raise StatisticsError(
            f"{name} has {float(array[wrong[0]])!r} at index {int(wrong[0])}; "
            "pass True or False (1 or 0)"
        )
    return array.astype(np.bool_)


def codes(first: Sequence[Any] | NDArray[Any], *others: Sequence[Any] | NDArray[Any]) -> list[Ints]:
    """Labels of several samples as integers, numbered in order of first appearance over all.

    A label is compared by its text, so ``1`` and ``"1"`` are one category. None and NaN are
    refused: name the missing category instead.
    """
    texts: list[list[str]] = []
    for labels in (first, *others):
        row = list(cast("Sequence[Any]", labels))
        _enough(len(row), "labels", 1)
        for index, label in enumerate(row):
            if label is None or (isinstance(label, float) and not math.isfinite(label)):
                raise StatisticsError(
                    f"labels has {label!r} at index {index}; name the missing category"
                )
        texts.append([str(label) for label in row])
    seen = dict.fromkeys(text for row in texts for text in row)
    order = {text: code for code, text in enumerate(seen)}
    return [np.array([order[text] for text in row], dtype=np.int64) for row in texts]


def same_length(first: Sequence[Any] | NDArray[Any], second: Sequence[Any] | NDArray[Any]) -> None:
    """Two columns of the same rows."""
    if len(first) != len(second):
        raise StatisticsError(
            f"{len(first)} rows against {len(second)}; both must list the same rows in order"
        )


def number(value: float, name: str) -> float:
    """One finite number."""
    converted = float(value)
    if not math.isfinite(converted):
        raise StatisticsError(f"{name} is {value!r}; pass a finite number")
    return converted


def positive(value: float, name: str) -> float:
    """One finite number above zero."""
    converted = number(value, name)
    if converted <= 0:
        raise StatisticsError(f"{name} is {value!r}; it must be above 0")
    return converted


def fraction(value: float, name: str) -> float:
    """A number strictly between 0 and 1, such as a confidence."""
    converted = float(value)
    if not 0 < converted < 1:
        raise StatisticsError(
            f"{name} is {value!r}; it must lie strictly between 0 and 1, such as 0.95"
        )
    return converted


def count(value: int, name: str, *, least: int = 1) -> int:
    """A whole number of at least ``least``."""
    try:
        whole = operator.index(value)
    except TypeError as e:
        raise StatisticsError(f"{name} is {value!r}; it must be a whole number") from e
    if whole < least:
        raise StatisticsError(f"{name} is {value!r}; it must be at least {least}")
    return whole


def successes(value: int, n: int) -> tuple[int, int]:
    """``value`` successes out of ``n`` trials, at least one trial."""
    trials = count(n, "n")
    hits = count(value, "successes", least=0)
    if hits > trials:
        raise StatisticsError(
            f"{hits!r} successes out of {trials!r} trials; there cannot be more than trials"
        )
    return hits, trials


def bounds(limits: tuple[float, float], values: Floats | None = None) -> tuple[float, float]:
    """The range that values cannot leave, checked against ``values`` when they are given."""
    low, high = number(limits[0], "lower bound"), number(limits[1], "upper bound")
    if low >= high:
        raise StatisticsError(f"bounds are {limits!r}; the lower must be below the upper")
    if values is not None:
        outside = values[(values < low) | (values > high)]
        if outside.size:
            raise StatisticsError(
                f"{float(outside[0])!r} is outside bounds {limits!r}; widen the bounds"
            )
    return low, high


def _floats(values: ArrayLike, name: str) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError as e:
        raise StatisticsError(f"{name} has rows of different lengths; pass a rectangle") from e
    if array.dtype.kind not in "biuf":
        raise StatisticsError(
            f"{name} holds {array.dtype.name!r}, not numbers; convert or drop what is not a number"
        )
    return array.astype(np.float64)


def _enough(rows: int, name: str, least: int) -> None:
    if rows < least:
        raise StatisticsError(f"{name} has {rows!r} rows; at least {least} are needed")


def _finite(array: Floats, name: str) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if wrong.size:
        index = tuple(int(i) for i in wrong[0])
        place = index[0] if len(index) == 1 else index
        raise StatisticsError(
            f"{name} has {float(array[index])!r} at index {place!r}; drop or impute it first"
        )
