"""Parquet: one case a row, under the names of the columns."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import parquet as pq

from holdfast.errors import UsageError
from holdfast.evaluation.importing.source import Row, Source
from holdfast.evaluation.importing.table import check_columns, fields

MAGIC = b"PAR1"


def sniff(source: Source) -> bool:
    """Whether it begins as Parquet files do."""
    return source.data.startswith(MAGIC)


def rows(source: Source) -> Iterator[Row]:
    """Every row with its number; a text in a list column may hold several with ``|`` between."""
    try:
        table = pq.read_table(pa.BufferReader(source.data))
    except (pa.ArrowException, OSError) as e:
        raise UsageError(f"{source.name}: not Parquet: {e}") from e
    check_columns(table.column_names, where=source.name)
    number = 0
    for batch in table.to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            number += 1
            where = f"{source.name}: row {number}"
            yield Row(where, fields(row, where=where))
