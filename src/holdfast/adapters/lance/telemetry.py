"""Spans, points and log records in one Lance table a day."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import lance
import pyarrow as pa
import pyarrow.compute as pc

from holdfast.adapters.lance.durable import sync
from holdfast.adapters.lance.rows import ROW, scan
from holdfast.adapters.lance.summary import Summary
from holdfast.adapters.lance.table import Dataset, Table
from holdfast.ports.telemetry import (
    INT,
    REAL,
    TABLES,
    TEXT,
    TEXTS,
    Columns,
    Hour,
    Relation,
    Row,
)

GRACE = timedelta(minutes=5)
"""How long a superseded version stays on disk for those who still read it."""
TYPES = {INT: pa.int64(), REAL: pa.float64(), TEXT: pa.string(), TEXTS: pa.list_(pa.string())}
SCHEMAS = {
    table: pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    for table, columns in TABLES.items()
}
KEPT = 64 << 20
"""Bytes of indexes, and of what tables say of themselves, that stay in memory for all tables
together; by default Lance keeps gigabytes for each."""
INDEXED = 100_000
"""Rows that a look-up may have to scan."""
CONTENT = ("input", "output", "attributes", "resource", "scope_attributes", "events", "links")
WINDOW = 2_000
"""Rows from the end that are looked through for spans without a parent, at first."""
DAY_SECONDS = 86_400


class LanceTelemetry:
    """``Telemetry`` and ``Spans`` in a folder: ``spans/2026-11-27.lance``, ``points/…``.

    Several processes may read; one at a time appends to a table.
    """

    def __init__(self, folder: Path, *, grace: timedelta = GRACE) -> None:
        self._folder = folder
        self._grace = grace
        self._session: Any = lance.Session(  # type: ignore[attr-defined]
            index_cache_size_bytes=KEPT, metadata_cache_size_bytes=KEPT
        )
        self._tables: dict[tuple[str, str], Table] = {}
        self._summaries: dict[str, Summary] = {}
        self._lock = threading.Lock()

    def append(self, table: str, day: str, *, columns: Columns) -> None:
        rows = pa.table(
            [_column(columns[field.name], field.type) for field in SCHEMAS[table]],
            schema=SCHEMAS[table],
        )
        opened = self._open(table, day)
        opened.append(rows)
        if table == "spans":
            opened.index("trace_id", rows=INDEXED)
            # Written down along the way, so that who reads first need not read it all.
            self._summary(day)

    def batches(self, table: str, day: str, *, since: int) -> set[int]:
        found = self._open(table, day).read(
            lambda dataset: dataset.scanner(
                columns=["batch"], filter=f"batch >= {since:d}"
            ).to_table()
        )
        return set(found["batch"].unique().to_pylist()) if found is not None else set()

    def days(self, table: str) -> list[str]:
        return sorted(path.stem for path in (self._folder / table).glob("*.lance"))

    def relation(self, table: str, day: str) -> Relation:
        latest = self._open(table, day).latest()
        return SCHEMAS[table].empty_table() if latest is None else latest

    def drop(self, table: str, day: str, *, keep: Sequence[str] = ()) -> int:
        opened = self._open(table, day)
        summary = self._summary(day) if table == "spans" and keep else None
        if summary is not None and any(summary.may_hold(trace) for trace in keep):
            gone = opened.read(lambda dataset: _others(dataset, keep)) or []
            if gone:
                opened.delete(gone)
            return len(gone)
        count = opened.count()
        with self._lock:
            self._tables.pop((table, day), None)
            self._summaries.pop(day, None)
        if opened.path.exists():
            # Gone at once for whoever looks, however long its files take.
            aside = opened.path.with_suffix(".dropped")
            opened.path.rename(aside)
            sync([aside.parent])
            shutil.rmtree(aside)
        for path in opened.path.parent.glob(f"{day}.*"):
            path.unlink()
        return count

    def erase(self, table: str, day: str, *, traces: Sequence[str]) -> int:
        opened = self._open(table, day)
        gone = opened.read(lambda dataset: _rows_of(dataset, traces)) or []
        # Also when no row is left to go: a kill may have left files of an earlier version.
        opened.delete(gone, grace=timedelta())
        return len(gone)

    def trace(self, trace_id: str) -> list[Row]:
        quoted = trace_id.replace("'", "''")
        rows: list[Row] = []
        for day in self.days("spans"):
            summary = self._summary(day)
            if summary.may_hold(trace_id):
                found = self._open("spans", day).read(partial(_where, f"trace_id = '{quoted}'"))
                rows += found.to_pylist() if found is not None else []
        present = [{k: v for k, v in row.items() if v is not None} for row in rows]
        return sorted(present, key=lambda row: (row["start_ns"], row["span_id"]))

    def latest(self, limit: int) -> list[Row]:
        columns = [name for name in TABLES["spans"] if name not in CONTENT]
        roots: list[Row] = []
        for day in reversed(self.days("spans")):
            opened = self._open("spans", day)
            window, count = WINDOW, opened.count()
            while True:
                found = opened.read(partial(_newest, columns=columns, rows=window, limit=limit))
                mine = found or []
                if len(mine) + len(roots) >= limit or window >= count:
                    break
                window *= 8
            roots += mine
            if len(roots) >= limit:
                break
        return roots[:limit]

    def hours(self, *, since: int, until: int) -> list[Hour]:
        found: list[Hour] = []
        for day in self.days("spans"):
            start = int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
            if start < until and start + DAY_SECONDS > since:
                hours = self._summary(day).hours()
                whole = start >= since and start + DAY_SECONDS <= until
                found += hours if whole else [h for h in hours if since <= h.start < until]
        return found

    def _open(self, table: str, day: str) -> Table:
        with self._lock:
            key = (table, day)
            if key not in self._tables:
                path = self._folder / table / f"{day}.lance"
                self._tables[key] = Table(
                    path, grace=self._grace, copies=True, session=self._session
                )
            return self._tables[key]

    def _summary(self, day: str) -> Summary:
        opened = self._open("spans", day)
        with self._lock:
            if day not in self._summaries:
                self._summaries[day] = Summary(opened)
            summary = self._summaries[day]
        summary.refresh()
        return summary


def _column(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values.cast(kind)
    return pa.array(values, kind)


def _where(condition: str, dataset: Dataset) -> pa.Table:
    """Rows that meet a condition: which they are first, so that no other is read whole."""
    numbers = dataset.scanner(columns=[], filter=condition, with_row_id=True).to_table()[ROW]
    if not len(numbers):
        return dataset.schema.empty_table()
    return dataset._take_rows(numbers.to_pylist())  # noqa: SLF001


def _newest(dataset: Dataset, *, columns: list[str], rows: int, limit: int) -> list[Any]:
    """The newest spans without a parent among the last rows."""
    count = dataset.count_rows()
    start = max(0, count - rows)
    found = dataset.to_table(columns=columns, offset=start, limit=count - start)
    roots = found.filter(pc.equal(found["parent_id"], ""))
    return list(roots.sort_by([("start_ns", "descending")]).slice(0, limit).to_pylist())


def _others(dataset: Dataset, keep: Sequence[str]) -> list[int]:
    """Rows of other traces than those to keep."""
    rows = scan(dataset, columns=["trace_id"])
    kept = pc.is_in(rows["trace_id"], pa.array(list(keep), pa.string()))
    return list(rows.filter(pc.invert(kept))[ROW].to_pylist())


def _rows_of(dataset: Dataset, traces: Sequence[str]) -> list[int]:
    """Rows of some traces."""
    rows = scan(dataset, columns=["trace_id"])
    return list(rows.filter(pc.is_in(rows["trace_id"], pa.array(list(traces))))[ROW].to_pylist())
