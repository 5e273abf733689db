"""A file of rows, read a few columns and a few rows at a time: Parquet or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from holdfast.errors import UsageError

__all__ = ["BATCH", "Rows", "open_rows"]

BATCH = 65_536
"""Rows that are in memory at a time."""
SAMPLE = 20_000
"""Rows that bins are chosen from."""
_SMALL = 256 * 2**20
_PIECES = 20


@dataclass(frozen=True, slots=True)
class Rows:
    """Named columns with their Arrow types; ``path`` or ``table`` holds them."""

    name: str
    schema: pa.Schema
    rows: int
    path: Path | None = None
    table: Any = field(default=None, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    def kind(self, column: str) -> Any:
        """The Arrow type of a column."""
        return self.schema.field(column).type

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """All rows of some columns, in order, in pieces of ``BATCH`` rows at most."""
        wanted = list(columns)
        if self.table is not None:
            yield from self.table.select(wanted).combine_chunks().to_batches(max_chunksize=BATCH)
            return
        # Buffered ahead, the columns would be in memory from the first row group to the last.
        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=BATCH, columns=wanted, use_threads=False)

    def sample(self, columns: Sequence[str]) -> Any:
        """About ``SAMPLE`` rows in order, from pieces spread over the whole file, as a table."""
        wanted = list(columns)
        if self.table is not None:
            return _spread(self.table.select(wanted))
        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            groups = file.num_row_groups
            chosen = sorted({i * groups // min(groups, _PIECES) for i in range(min(groups, 20))})
            each = -(-SAMPLE // max(len(chosen), 1))
            pieces = [
                next(file.iter_batches(batch_size=each, row_groups=[g], columns=wanted))
                for g in chosen
                if file.metadata.row_group(g).num_rows
            ]
        return pa.Table.from_batches(
            pieces, schema=pa.schema([self.schema.field(c) for c in wanted])
        )


def open_rows(path: Path) -> Rows:
    """A Parquet or CSV file by what it holds, not by its name.

    Raises:
        UsageError: no such file, neither Parquet nor CSV, or two columns of one name.
    """
    if not path.is_file():
        raise UsageError(f"no file {str(path)!r}; give a Parquet or CSV file")
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise UsageError(f"{str(path)!r} is empty; a CSV file begins with the columns' names")
    try:
        found = _parquet(path) if magic == b"PAR1" else _csv(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as e:
        said = str(e).splitlines()[0]
        raise UsageError(f"{str(path)!r} cannot be read as Parquet or CSV: {said}") from e
    twice = sorted({name for name in found.columns if found.columns.count(name) > 1})
    if twice:
        raise UsageError(f"{str(path)!r} has two columns named {twice[0]!r}; rename one")
    return found


def _parquet(path: Path) -> Rows:
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    size = path.stat().st_size
    if size <= _SMALL:
        return Rows(str(path), schema, rows, table=pq.read_table(path, partitioning=None))
    return Rows(str(path), schema, rows, path=path)


def _csv(path: Path) -> Rows:
    try:
        table = csv.read_csv(path)
    except pa.ArrowInvalid:
        # A value that the first megabyte did not announce: read all as text and look again.
        with path.open("rb") as file:
            names = csv.open_csv(file).schema.names
        texts = {name: pa.string() for name in names}
        options = csv.ConvertOptions(column_types=texts, strings_can_be_null=True)
        table = csv.read_csv(path, convert_options=options)
    return Rows(str(path), table.schema, table.num_rows, table=table)


def _spread(table: Any) -> Any:
    """Pieces of neighbouring rows from all over a table."""
    if table.num_rows <= SAMPLE:
        return table
    each = SAMPLE // _PIECES
    starts = [i * (table.num_rows - each) // (_PIECES - 1) for i in range(_PIECES)]
    return pa.concat_tables([table.slice(start, each) for start in starts])
