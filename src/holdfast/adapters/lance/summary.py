"""What a day's spans come to: hourly sums, and which traces are in it."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from math import log

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from holdfast.adapters.lance.rows import Cursor
from holdfast.adapters.lance.table import Table
from holdfast.ports.telemetry import Hour

COLUMNS = ["trace_id", "start_ns", "duration_ns", "status", "service", "environment", "name"]
BASE = 1.1
"""Durations are counted in buckets whose bounds grow by so much."""
NAMES = 2_000
"""Different kinds of spans that a day's sums tell apart; the rest is one kind."""
OTHER = "(other)"
SETTLED = 50_000
"""Rows after which a summary is written down, so that the next reader need not start over."""
GROWTH = 4
"""It is written down again only when it has grown by a fourth: the file is written whole."""
LOOSE = 50_000
"""Traces that are kept beside the sorted ones until they are sorted in."""
SIGNS = 16
"""Hex characters of a trace's id that a summary keeps."""
HOUR_NS = 3_600 * 10**9
Key = tuple[int, str, str, str]


class _Sum:
    """One kind of span in one hour."""

    __slots__ = ("buckets", "count", "errors", "nanos")

    def __init__(self) -> None:
        self.count = self.errors = self.nanos = 0
        self.buckets: dict[int, int] = defaultdict(int)


class Summary:
    """Derived from a table, and read on from where it was: only new rows cost time.

    It is kept in a file beside the table; one that is missing, damaged or not of this table is
    made anew.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._path = table.path.with_suffix(".summary")
        self._cursor = Cursor()
        self._sums: dict[Key, _Sum] = defaultdict(_Sum)
        self._kinds: set[tuple[str, str, str]] = set()
        self._traces: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._loose: set[int] = set()
        self._saved = 0
        self._hours: list[Hour] | None = None
        self._lock = threading.Lock()
        self._load()

    def refresh(self) -> None:
        """Take in the rows that are new."""
        with self._lock:
            news = self._table.read(lambda dataset: self._cursor.advance(dataset, columns=COLUMNS))
            if news is None:
                return
            self._hours = None
            if news.again:
                self._sums.clear()
                self._traces = np.empty(0, np.uint64)
                self._loose.clear()
                self._saved = 0
            if len(news.rows):
                self._add(news.rows)
            if self._cursor.count - self._saved >= max(SETTLED, self._saved // GROWTH):
                self._save()

    def may_hold(self, trace_id: str) -> bool:
        """Whether spans of a trace may be there; hardly ever wrong, and never with ``False``."""
        try:
            sign = int(trace_id[:SIGNS], 16)
        except ValueError:
            return False
        with self._lock:
            place = int(np.searchsorted(self._traces, np.uint64(sign)))
            found = place < len(self._traces) and int(self._traces[place]) == sign
            return found or sign in self._loose

    def hours(self) -> list[Hour]:
        """Sums by hour, service, environment and name."""
        with self._lock:
            if self._hours is None:
                self._hours = [_hour(key, found) for key, found in sorted(self._sums.items())]
            return self._hours

    def _add(self, rows: pa.Table) -> None:
        signs = pc.utf8_slice_codeunits(rows["trace_id"], 0, SIGNS)
        self._loose.update(int(sign, 16) for sign in signs.unique().to_pylist())
        if len(self._loose) > LOOSE:
            self._sort()
        grouped = _grouped(rows)
        names = ("hour", "service", "environment", "name", "bucket", "error")
        keys = zip(*(grouped[name].to_pylist() for name in names), strict=True)
        sums = grouped["nanos_sum"].to_pylist()
        counts = grouped["nanos_count"].to_pylist()
        for (hour, service, environment, name, bucket, error), nanos, count in zip(
            keys, sums, counts, strict=True
        ):
            found = self._sums[self._key(hour, service, environment, name)]
            found.count += count
            found.errors += count if error else 0
            found.nanos += nanos
            found.buckets[bucket] += count

    def _key(self, hour: int, service: str, environment: str, name: str) -> Key:
        kind = (service, environment, name)
        if kind not in self._kinds:
            if len(self._kinds) >= NAMES:
                kind = (service if len(self._kinds) < 2 * NAMES else OTHER, environment, OTHER)
            self._kinds.add(kind)
        return (hour * 3_600, *kind)

    def _sort(self) -> None:
        loose = np.fromiter(self._loose, np.uint64, len(self._loose))
        self._traces = np.union1d(self._traces, loose)
        self._loose.clear()

    def _save(self) -> None:
        self._sort()
        value = {
            "last": self._cursor.last,
            "count": self._cursor.count,
            "version": self._cursor.version,
            "sums": [
                [*key, found.count, found.errors, found.nanos, sorted(found.buckets.items())]
                for key, found in self._sums.items()
            ],
        }
        head = json.dumps(value).encode()
        # Each process writes its own file, and all of them say the same.
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(len(head).to_bytes(8, "little"))
            file.write(head)
            file.write(self._traces.tobytes())
        temporary.replace(self._path)
        self._saved = self._cursor.count

    def _load(self) -> None:
        try:
            content = self._path.read_bytes()
            size = int.from_bytes(content[:8], "little")
            value = json.loads(content[8 : 8 + size])
            self._traces = np.frombuffer(content[8 + size :], np.uint64)
            for *key, count, errors, nanos, buckets in value["sums"]:
                found = self._sums[tuple(key)]
                found.count, found.errors, found.nanos = count, errors, nanos
                found.buckets.update(dict(buckets))
                self._kinds.add(tuple(key[1:]))
            self._cursor.resume(value["last"], count=value["count"], version=value["version"])
            self._saved = value["count"]
        except (OSError, ValueError, KeyError, TypeError):
            self._sums.clear()
            self._traces = np.empty(0, np.uint64)


def _hour(key: Key, found: _Sum) -> Hour:
    start, service, environment, name = key
    return Hour(
        start,
        service,
        environment,
        name,
        count=found.count,
        errors=found.errors,
        seconds=found.nanos / 1e9,
        buckets=dict(found.buckets),
    )


def _grouped(rows: pa.Table) -> pa.Table:
    nanos = pc.max_element_wise(rows["duration_ns"], 0)
    micros = pc.max_element_wise(pc.divide(pc.cast(nanos, pa.float64()), 1e3), 1.0)
    bucket = pc.cast(pc.floor(pc.divide(pc.ln(micros), log(BASE))), pa.int64())
    table = pa.table(
        {
            "hour": pc.divide(rows["start_ns"], HOUR_NS),
            "service": pc.fill_null(rows["service"], ""),
            "environment": pc.fill_null(rows["environment"], ""),
            "name": rows["name"],
            "bucket": bucket,
            "error": pc.equal(rows["status"], "error"),
            "nanos": nanos,
        }
    )
    keys = ["hour", "service", "environment", "name", "bucket", "error"]
    return table.group_by(keys).aggregate([("nanos", "sum"), ("nanos", "count")])
