"""One column of a file as what a sketch counts: numbers, labels or points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from holdfast.statistics.require import Floats, Ints

__all__ = ["Kind", "kind_of", "labels", "mostly_numbers", "numbers", "points"]

Kind: TypeAlias = Literal["number", "label", "points", "time", "other"]
_MOSTLY = 0.9
_NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values with NaN for what is missing, and what could not be read as a number."""

    values: Floats
    unreadable: int = 0
    example: str = ""


def kind_of(kind: Any) -> Kind:
    """What a column of this Arrow type holds, before its values are looked at.

    >>> kind_of(pa.float64()), kind_of(pa.string()), kind_of(pa.timestamp("s"))
    ('number', 'label', 'time')
    """
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_boolean(kind) or pa.types.is_dictionary(kind) or _is_text(kind):
        return "label"
    if pa.types.is_temporal(kind):
        return "time"
    if (pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)) and kind_of(
        kind.value_type
    ) == "number":
        return "points"
    return "label" if pa.types.is_null(kind) else "other"


def mostly_numbers(column: Any) -> bool:
    """Whether nine in ten of a text column's values can be read as numbers.

    >>> mostly_numbers(pa.array(["1", "2.5"] * 10 + ["n/a"])), mostly_numbers(pa.array(["x"]))
    (True, False)
    """
    if not _is_text(column.type):
        return False
    known = len(column) - column.null_count
    if known == 0:
        return False
    read = pc.sum(pc.match_substring_regex(column, _NUMBER)).as_py() or 0
    return bool(read >= _MOSTLY * known)


def numbers(column: Any) -> Numbers:
    """A column as numbers, whatever it is.

    >>> numbers(pa.array(["1", None, "x"])).values, numbers(pa.array(["1", "x"])).example
    (array([ 1., nan, nan]), 'x')
    """
    column = _whole(column)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_text(column.type):
        good = pc.match_substring_regex(column, _NUMBER)
        bad = pc.filter(column, pc.invert(good))
        kept = pc.if_else(good, pc.utf8_trim_whitespace(column), None)
        values = _floats(pc.cast(kept, pa.float64()))
        wrong = bad.drop_null()
        return Numbers(values, len(wrong), str(wrong[0]) if len(wrong) else "")
    if kind_of(column.type) == "number" or pa.types.is_boolean(column.type):
        return Numbers(_floats(column))
    wrong = column.drop_null()
    return Numbers(np.full(len(column), np.nan), len(wrong), str(wrong[0]) if len(wrong) else "")


def labels(column: Any) -> tuple[Sequence[str | None], Ints]:
    """A column as places in a list of its labels; -1 is missing.

    >>> labels(pa.array(["a", None, "a"]))
    (['a'], array([ 0, -1,  0]))
    """
    column = _whole(column)
    if pa.types.is_null(column.type):
        return [], np.full(len(column), -1, dtype=np.int64)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    names = [None if name is None else _text(name) for name in column.dictionary.to_pylist()]
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return names, codes


def points(column: Any, *, width: int) -> Floats:
    """A column of lists as rows; one that is missing or of another width is NaN.

    >>> points(pa.array([[1.0, 2.0], None, [1.0]]), width=2)
    array([[ 1.,  2.],
           [nan, nan],
           [nan, nan]])
    """
    column = _whole(column)
    rows = np.full((len(column), width), np.nan)
    sizes = pc.list_value_length(column).fill_null(-1).to_numpy(zero_copy_only=False)
    fitting = np.flatnonzero(sizes == width)
    if fitting.size:
        flat = column.take(pa.array(fitting)).flatten()
        rows[fitting] = _floats(flat).reshape(-1, width)
    return rows


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _floats(column: Any) -> Floats:
    if pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.float64())
    values: Floats = column.to_numpy(zero_copy_only=False)
    # Single precision stays what it is: half the memory, and edges are rounded alike.
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)
