"""A model's rows from files: which columns are features, prediction, probability and truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from holdfast.errors import UsageError
from holdfast.observation.drift.column import kind_of, numbers
from holdfast.observation.drift.model import Table
from holdfast.observation.drift.rows import open_rows
from holdfast.statistics.require import Floats

__all__ = ["Roles", "read_table"]


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of columns; empty where there is none. ``ignore`` are no features."""

    prediction: str
    target: str
    probability: str = ""
    time: str = ""
    ignore: tuple[str, ...] = ()


def read_table(path: Path, roles: Roles, *, labels: Path | None = None) -> Table:
    """Rows of a Parquet or CSV file, with their truth where the file or ``labels`` has it.

    Every other column of numbers is a feature, but for ids, which rise from row to row.

    Raises:
        UsageError: a column that is not there or holds no numbers, labels of other rows.
    """
    rows = open_rows(path)
    table = pa.Table.from_batches(list(rows.batches(rows.columns)), schema=rows.schema)
    taken = {roles.prediction, roles.target, roles.probability, roles.time, *roles.ignore}
    features = {}
    for name in rows.columns:
        if name not in taken and kind_of(rows.kind(name)) == "number":
            values = numbers(table[name]).values.astype(np.float64)
            if not (values.size > 1 and np.all(np.diff(values) > 0)):
                features[name] = values
    if not features:
        raise UsageError(f"{str(path)!r} has no column of numbers besides the named ones")
    times = [str(at) for at in table[roles.time].to_pylist()] if roles.time else []
    return Table(
        features,
        _numbers(table, roles.prediction, path),
        _numbers(table, roles.probability, path) if roles.probability else None,
        _truth(table, roles, labels),
        times,
    )


def _truth(table: Any, roles: Roles, labels: Path | None) -> Floats | None:
    if labels is not None:
        rows = open_rows(labels)
        known = pa.Table.from_batches(list(rows.batches(rows.columns)), schema=rows.schema)
        if known.num_rows != table.num_rows:
            raise UsageError(
                f"{str(labels)!r} has {known.num_rows:,} rows, the data {table.num_rows:,}; "
                "both must list the same rows in order"
            )
        return _numbers(known, roles.target, labels)
    if roles.target not in table.column_names:
        return None
    found: Floats = numbers(table[roles.target]).values.astype(np.float64)
    return found


def _numbers(table: Any, name: str, path: Path) -> Floats:
    if name not in table.column_names:
        raise UsageError(f"{str(path)!r} has no column {name!r}; it has {table.column_names!r}")
    read = numbers(table[name])
    values = read.values.astype(np.float64)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise UsageError(f"column {name!r} of {str(path)!r} has no number in row {row + 1:,}")
    return values
