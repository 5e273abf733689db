"""Spans, points and records as rows of daily tables, never changed once written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

INT, REAL, TEXT, TEXTS = "int", "real", "text", "texts"
"""What a column holds."""

SPANS: Mapping[str, str] = {
    "batch": INT,
    "trace_id": TEXT,
    "span_id": TEXT,
    "parent_id": TEXT,
    "name": TEXT,
    "kind": TEXT,
    "start_ns": INT,
    "duration_ns": INT,
    "status": TEXT,
    "status_message": TEXT,
    "service": TEXT,
    "environment": TEXT,
    "scope": TEXT,
    "scope_version": TEXT,
    "trace_state": TEXT,
    "flags": INT,
    "operation": TEXT,
    "provider": TEXT,
    "model": TEXT,
    "response_model": TEXT,
    "response_id": TEXT,
    "fingerprint": TEXT,
    "finish_reasons": TEXTS,
    "session": TEXT,
    "user": TEXT,
    "agent": TEXT,
    "tool": TEXT,
    "prompt": TEXT,
    "prompt_version": TEXT,
    "data_source": TEXT,
    "input": TEXT,
    "output": TEXT,
    "input_tokens": INT,
    "output_tokens": INT,
    "cached_tokens": INT,
    "cache_write_tokens": INT,
    "reasoning_tokens": INT,
    "cost": REAL,
    "temperature": REAL,
    "top_p": REAL,
    "max_tokens": INT,
    "seed": INT,
    "first_chunk_seconds": REAL,
    "decision": TEXT,
    "release": TEXT,
    "timeline": INT,
    "tick": INT,
    "attributes": TEXT,
    "resource": TEXT,
    "scope_attributes": TEXT,
    "events": TEXT,
    "links": TEXT,
    "dropped": INT,
}
"""Columns of ``spans``. ``attributes`` and what follows it is JSON: what has no column."""

POINTS: Mapping[str, str] = {
    "batch": INT,
    "name": TEXT,
    "unit": TEXT,
    "kind": TEXT,
    "temporality": TEXT,
    "monotonic": INT,
    "start_ns": INT,
    "time_ns": INT,
    "value": REAL,
    "count": INT,
    "sum": REAL,
    "min": REAL,
    "max": REAL,
    "buckets": TEXT,
    "service": TEXT,
    "environment": TEXT,
    "scope": TEXT,
    "attributes": TEXT,
    "resource": TEXT,
}
"""Columns of ``points``: one row per data point of a metric."""

LOGS: Mapping[str, str] = {
    "batch": INT,
    "time_ns": INT,
    "observed_ns": INT,
    "severity": INT,
    "level": TEXT,
    "body": TEXT,
    "event": TEXT,
    "trace_id": TEXT,
    "span_id": TEXT,
    "flags": INT,
    "service": TEXT,
    "environment": TEXT,
    "scope": TEXT,
    "attributes": TEXT,
    "resource": TEXT,
    "dropped": INT,
}
"""Columns of ``logs``."""

TABLES: Mapping[str, Mapping[str, str]] = {"spans": SPANS, "points": POINTS, "logs": LOGS}
TIMES = {"spans": "start_ns", "points": "time_ns", "logs": "time_ns"}
"""The column that says which day a row belongs to."""

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""Every column of a table, all of the same length, as lists or Arrow arrays; ``None`` where there
is no value."""
Row: TypeAlias = dict[str, Any]
Relation: TypeAlias = Any
"""Something that Arrow's readers understand: a table or a dataset of one day."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What spans of one kind did in one hour."""

    start: int
    """Seconds since 1970 UTC."""
    service: str
    environment: str
    name: str
    count: int
    errors: int
    seconds: float
    """All durations together."""
    buckets: Mapping[int, int]
    """How many lasted about 1.1 ** bucket microseconds."""


class Telemetry(Protocol):
    """Writing the daily tables and keeping them in order. Days are ``2026-11-27``, in UTC."""

    def append(self, table: str, day: str, *, columns: Columns) -> None:
        """Add rows durably, in one commit."""
        ...

    def batches(self, table: str, day: str, *, since: int) -> set[int]:
        """The batches from ``since`` on that a day's table holds rows of."""
        ...

    def days(self, table: str) -> list[str]:
        """Days that have a table, oldest first."""
        ...

    def relation(self, table: str, day: str) -> Relation:
        """A day's rows for a query."""
        ...

    def drop(self, table: str, day: str, *, keep: Sequence[str] = ()) -> int:
        """Remove a day's rows, but for those of the traces to keep; returns how many went."""
        ...

    def erase(self, table: str, day: str, *, traces: Sequence[str]) -> int:
        """Remove the rows of some traces and every byte of them; returns how many went.

        Files of earlier versions go at once: who reads one meanwhile reads again.
        """
        ...


class Spans(Protocol):
    """The questions about spans that must be answered at once."""

    def trace(self, trace_id: str) -> list[Row]:
        """All spans of a trace by time, with every column that has a value."""
        ...

    def latest(self, limit: int) -> list[Row]:
        """The newest spans that have no parent, newest first, without content."""
        ...

    def hours(self, *, since: int, until: int) -> list[Hour]:
        """Hourly sums of the spans that started in ``since <= seconds < until``."""
        ...
