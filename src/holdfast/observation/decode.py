"""Request bodies become rows of daily tables."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from holdfast.observation import wire
from holdfast.observation.bulk import spans as bulk
from holdfast.observation.bulk.fields import UnusualError
from holdfast.observation.bulk.spans import Request
from holdfast.observation.days import Days
from holdfast.observation.logs import decode_logs
from holdfast.observation.points import decode_points
from holdfast.observation.spans import decode_spans
from holdfast.observation.wire import Window
from holdfast.ports.inbox import Held
from holdfast.ports.telemetry import INT, REAL, TABLES, TEXT, TEXTS

LOG = logging.getLogger("holdfast.intake")
DECODERS = {
    wire.TRACES: ("spans", decode_spans),
    wire.METRICS: ("points", decode_points),
    wire.LOGS: ("logs", decode_logs),
}
TYPES = {INT: pa.int64(), REAL: pa.float64(), TEXT: pa.string(), TEXTS: pa.list_(pa.string())}
SCHEMAS = {
    table: pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    for table, columns in TABLES.items()
}
ROOM = 64 << 20
"""Bytes of bodies, once unpacked, that are decoded at once: a small body may unpack to much."""
TOGETHER = 8 << 20
"""Bytes whose spans are decoded together: more would fall out of the processor's cache."""


@dataclass(slots=True)
class Decoded:
    """What bodies hold."""

    parts: dict[tuple[str, str], list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    """Rows by table and day."""
    damaged: dict[int, str] = field(default_factory=dict)
    """Bodies that cannot be decoded, by number, and why."""
    numbers: list[int] = field(default_factory=list)
    """Bodies that were looked at."""

    def tables(self) -> dict[tuple[str, str], pa.Table]:
        """Rows by table and day, each with the columns of its kind."""
        return {key: pa.concat_tables(parts) for key, parts in self.parts.items()}


def decode(bodies: Sequence[Held], *, keep_days: int) -> Decoded:
    """The rows of the first bodies, as many as there is room for; of one at least.

    A body that cannot be decoded holds nobody up.
    """
    found = Decoded()
    waiting: list[Request] = []
    size = together = 0
    for held in bodies:
        if size > ROOM:
            break
        found.numbers.append(held.number)
        body = held.body
        try:
            plain = wire.unpack(body.content, body.encoding)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            _set_aside(held.number, error, into=found)
            continue
        size += len(plain)
        request = Request(held.number, plain, Window.at(held.at, days=keep_days))
        if body.signal != wire.TRACES:
            _one(body.signal, request, into=found)
            continue
        waiting.append(request)
        together += len(plain)
        if together > TOGETHER:
            _spans(waiting, into=found)
            waiting, together = [], 0
    _spans(waiting, into=found)
    return found


def _spans(requests: Sequence[Request], *, into: Decoded) -> None:
    """Spans of all requests together, but for those that have to be read one by one."""
    if not requests:
        return
    try:
        days = bulk.decode(requests)
    except Exception as error:  # noqa: BLE001 - reading one by one is right in any case
        if not isinstance(error, UnusualError):
            LOG.debug("read one by one: %s: %s", type(error).__name__, error)
        if len(requests) == 1:
            _one(wire.TRACES, requests[0], into=into)
            return
        half = len(requests) // 2
        _spans(requests[:half], into=into)
        _spans(requests[half:], into=into)
        return
    for day, rows in days.items():
        into.parts["spans", day].append(rows.cast(SCHEMAS["spans"]))


def _one(signal: str, request: Request, *, into: Decoded) -> None:
    table, read = DECODERS[signal]
    days = Days(TABLES[table])
    try:
        message = wire.parse(signal, request.content)
        read(message, batch=request.batch, window=request.window, into=days)
        found = {day: _table(table, columns) for day, columns in days.columns().items()}
    except Exception as error:
        LOG.exception("inbox: body %d is set aside", request.batch)
        _set_aside(request.batch, error, into=into)
        return
    for day, rows in found.items():
        into.parts[table, day].append(rows)


def _table(table: str, columns: dict[str, list[Any]]) -> pa.Table:
    return pa.table(columns, schema=SCHEMAS[table])


def _set_aside(number: int, error: Exception, *, into: Decoded) -> None:
    into.damaged[number] = f"{type(error).__name__}: {error}"
