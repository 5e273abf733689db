"""Daily tables in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from math import floor, log
from typing import Any

import pyarrow as pa

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

TYPES = {INT: pa.int64(), REAL: pa.float64(), TEXT: pa.string(), TEXTS: pa.list_(pa.string())}


class MemoryTelemetry:
    """``Telemetry`` and ``Spans`` without a disk."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._lock = threading.Lock()

    def append(self, table: str, day: str, *, columns: Columns) -> None:
        names = list(TABLES[table])
        rows = zip(*(_plain(columns[name]) for name in names), strict=True)
        with self._lock:
            self._rows[table, day] += [dict(zip(names, row, strict=True)) for row in rows]

    def batches(self, table: str, day: str, *, since: int) -> set[int]:
        with self._lock:
            rows = self._rows.get((table, day), [])
            return {row["batch"] for row in rows if row["batch"] >= since}

    def days(self, table: str) -> list[str]:
        with self._lock:
            return sorted(day for name, day in self._rows if name == table)

    def relation(self, table: str, day: str) -> Relation:
        schema = pa.schema([(name, TYPES[kind]) for name, kind in TABLES[table].items()])
        with self._lock:
            return pa.Table.from_pylist(self._rows.get((table, day), []), schema=schema)

    def drop(self, table: str, day: str, *, keep: Sequence[str] = ()) -> int:
        with self._lock:
            rows = self._rows.pop((table, day), [])
            kept = [row for row in rows if row.get("trace_id") in set(keep)]
            if kept:
                self._rows[table, day] = kept
            return len(rows) - len(kept)

    def erase(self, table: str, day: str, *, traces: Sequence[str]) -> int:
        with self._lock:
            rows = self._rows.get((table, day), [])
            kept = [row for row in rows if row.get("trace_id") not in set(traces)]
            self._rows[table, day] = kept
            return len(rows) - len(kept)

    def trace(self, trace_id: str) -> list[Row]:
        found = [row for row in self._spans() if row["trace_id"] == trace_id]
        present = [{k: v for k, v in row.items() if v is not None} for row in found]
        return sorted(present, key=lambda row: (row["start_ns"], row["span_id"]))

    def latest(self, limit: int) -> list[Row]:
        roots = [row for row in self._spans() if not row["parent_id"]]
        return sorted(roots, key=lambda row: -row["start_ns"])[:limit]

    def hours(self, *, since: int, until: int) -> list[Hour]:
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in self._spans():
            hour = row["start_ns"] // 10**9 // 3_600 * 3_600
            if since <= hour < until:
                key = (hour, row["service"] or "", row["environment"] or "", row["name"])
                groups[key].append(row)
        return [_hour(key, rows) for key, rows in sorted(groups.items())]

    def _spans(self) -> list[Row]:
        with self._lock:
            return [row for key, rows in self._rows.items() if key[0] == "spans" for row in rows]


def _plain(values: Any) -> Sequence[Any]:
    found: Sequence[Any] = (
        values.to_pylist() if isinstance(values, pa.Array | pa.ChunkedArray) else values
    )
    return found


def _hour(key: tuple[Any, ...], rows: list[Row]) -> Hour:
    buckets: dict[int, int] = defaultdict(int)
    for row in rows:
        buckets[floor(log(max(row["duration_ns"] / 1000, 1.0)) / log(1.1))] += 1
    start, service, environment, name = key
    return Hour(
        start,
        service,
        environment,
        name,
        count=len(rows),
        errors=sum(row["status"] == "error" for row in rows),
        seconds=sum(max(row["duration_ns"], 0) for row in rows) / 1e9,
        buckets=dict(buckets),
    )
