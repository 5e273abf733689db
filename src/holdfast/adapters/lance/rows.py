"""Reading a table's rows as they come, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.adapters.lance.table import Dataset

ROW = "_rowid"


@dataclass(frozen=True, slots=True)
class News:
    """Rows read by a cursor."""

    rows: pa.Table
    again: bool
    """Rows were removed since: these replace all that was read before."""


class Cursor:
    """How far a table has been read.

    >>> Cursor().last
    -1
    """

    def __init__(self) -> None:
        self.last = -1
        self.version = 0
        self.count = 0

    def resume(self, last: int, *, count: int, version: int) -> None:
        """Go on from where another cursor was."""
        self.last, self.count, self.version = last, count, version

    def advance(self, dataset: Dataset, *, columns: Sequence[str]) -> News | None:
        """The rows that are new; ``None`` when nothing changed."""
        if dataset.version == self.version:
            return None
        count = dataset.count_rows()
        rows = _tail(dataset, columns=columns, after=self.last, rows=count - self.count)
        if rows is None:
            rows = scan(dataset, columns=columns, after=self.last)
        again = self.count + len(rows) != count
        if again:
            rows = scan(dataset, columns=columns)
        self.count = len(rows) if again else self.count + len(rows)
        self.version = dataset.version
        numbers = rows[ROW].to_numpy().astype(np.int64)
        self.last = max(-1 if again else self.last, int(numbers.max(initial=-1)))
        return News(rows, again)


def _tail(dataset: Dataset, *, columns: Sequence[str], after: int, rows: int) -> pa.Table | None:
    """The last rows, if they are those with the numbers that follow: a look at nothing else.

    ``None`` when rows were removed, or merged out of their order; then a scan has to tell.
    """
    if after < 0 or rows <= 0:
        return None
    found = dataset.scanner(
        columns=list(columns),
        offset=dataset.count_rows() - rows,
        limit=rows,
        with_row_id=True,
        scan_in_order=True,
    ).to_table()
    numbers = found[ROW].to_numpy()
    expected = np.arange(after + 1, after + 1 + rows, dtype=np.uint64)
    return found if np.array_equal(numbers, expected) else None


def scan(
    dataset: Dataset, *, columns: Sequence[str], after: int = -1, until: int | None = None
) -> pa.Table:
    """Columns of the rows ``after < number <= until``, ascending, with the number as ``_rowid``."""
    limits = [f"{ROW} > {after}"] if after >= 0 else []
    limits += [f"{ROW} <= {until}"] if until is not None else []
    found = dataset.scanner(
        columns=list(columns),
        filter=" AND ".join(limits) or None,
        with_row_id=True,
        scan_in_order=True,
    ).to_table()
    numbers = found[ROW].to_numpy()
    # Fragments that were merged while others were appended come after those.
    return found if (numbers[1:] > numbers[:-1]).all() else found.sort_by(ROW)


def raw(column: pa.ChunkedArray | pa.Array) -> NDArray[np.void]:
    """A column of digests (``fixed_size_binary(32)``) as ``V32``, without a copy per value."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    data: Any = array.buffers()[1]
    return np.frombuffer(data, dtype="V32", count=len(array) + array.offset)[array.offset :]


def digests(values: Sequence[str]) -> pa.Array:
    """Hex digests as a column."""
    return pa.array([bytes.fromhex(value) for value in values], pa.binary(32))
