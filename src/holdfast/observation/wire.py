"""Read OTLP request bodies: unpack, parse, and say what in them cannot be kept.

OTLP 1.x over HTTP, protobuf and JSON: https://opentelemetry.io/docs/specs/otlp/
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from binascii import Error as BinasciiError
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.errors import LimitError, UsageError

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TRACES, METRICS, LOGS = "traces", "metrics", "logs"
MESSAGES: dict[str, Any] = {
    TRACES: ExportTraceServiceRequest,
    METRICS: ExportMetricsServiceRequest,
    LOGS: ExportLogsServiceRequest,
}
"""Protobuf's classes have no types of their own."""
Message: TypeAlias = Any

ENCODINGS = ("", "gzip", "deflate")
UNPACKED = 64 << 20
"""Bytes that a body may have once it is unpacked."""
DEPTH = 100
"""Levels that JSON may be nested; protobuf's own limit is the same."""
ATTRIBUTES = 1_024
"""Attributes, events or links that one span, point or record may have."""
NAME = 4_096
"""Characters of a name."""
ID_KEYS = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
TRACE_ID, SPAN_ID = 16, 8
NO_TRACE, NO_SPAN = bytes(TRACE_ID), bytes(SPAN_ID)
LATEST = 2**63 - 1
DAY = 86_400 * 10**9
SKEW = DAY
"""Nanoseconds that a sender's clock may be ahead of ours."""
SHOWN = 5
"""Problems that a reply names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Window:
    """The times that are kept, in nanoseconds since 1970 UTC."""

    first: int
    now: int
    last: int

    @classmethod
    def at(cls, now: int, *, days: int) -> Window:
        """What is kept of a body that came in ``now`` (microseconds), for so many days."""
        return cls(now * 1_000 - days * DAY, now * 1_000, now * 1_000 + SKEW)


def unpack(content: bytes, encoding: str) -> bytes:
    """A body's content as it was before ``gzip`` or ``deflate``.

    Stops at ``UNPACKED`` bytes, however small the body is. Raises ``LimitError``, ``UsageError``.
    """
    if encoding not in ENCODINGS:
        raise UsageError(f"content-encoding {encoding!r} is not known; use gzip, deflate or none")
    if not encoding:
        return content
    # 32: gzip or zlib by its header. Some clients send bare deflate.
    bare = encoding == "deflate" and (not content or (content[0] & 0x0F) != zlib.DEFLATED)
    machine = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS | 32)
    try:
        plain = machine.decompress(content, UNPACKED + 1)
    except zlib.error as e:
        raise UsageError(f"the body is not {encoding}: {e}") from e
    if len(plain) > UNPACKED:
        raise LimitError(
            f"the body is larger than {UNPACKED >> 20} MB once it is unpacked; send less at once"
        )
    if not machine.eof:
        raise UsageError(f"the body ends in the middle of its {encoding} data")
    return plain


def parse(signal: str, plain: bytes) -> Message:
    """A request's message from protobuf. Raises ``UsageError``."""
    try:
        return MESSAGES[signal].FromString(plain)
    except DecodeError as e:
        raise UsageError(f"the body is no protobuf message of {signal}: {e}") from e


def parse_json(signal: str, plain: bytes) -> Message:
    """A request's message from OTLP's JSON: ids are hex, unknown fields are ignored."""
    try:
        value = orjson.loads(plain)
        _check_depth(value)
        _unhex(value)
        message = MESSAGES[signal]()
        ParseDict(value, message, ignore_unknown_fields=True, max_recursion_depth=DEPTH)
    except orjson.JSONDecodeError as e:
        raise UsageError(f"the body is not JSON: {e}") from e
    except (ParseError, BinasciiError, ValueError, TypeError, AttributeError) as e:
        raise UsageError(f"the body is no JSON message of {signal}: {_short(e)}") from e
    return message


def _short(error: Exception) -> str:
    return str(error)[:200]


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise UsageError(f"the body is nested deeper than {DEPTH} levels; flatten it")
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]


def _unhex(value: Any) -> None:
    """Ids in hex become base64, as protobuf's own JSON has bytes."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, list):
            waiting += inner
        elif isinstance(inner, dict):
            for key in ID_KEYS:
                if isinstance(found := inner.get(key), str):
                    inner[key] = b64encode(bytes.fromhex(found)).decode()
            waiting += inner.values()


@dataclass(frozen=True, slots=True)
class Checked:
    """How much of a message can be kept, and why the rest cannot."""

    kept: int
    rejected: int
    problems: tuple[str, ...]

    @property
    def message(self) -> str:
        """One line for the sender."""
        more = self.rejected - len(self.problems)
        return "; ".join(self.problems) + (f"; and {more} more" if more > 0 else "")


def _span_problems(message: Message, window: Window) -> Iterator[str]:
    for resource in message.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield span_problem(span, window=window)


def _record_problems(message: Message, window: Window) -> Iterator[str]:
    for resource in message.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield record_problem(record, window=window)


def _point_problems(message: Message, window: Window) -> Iterator[str]:
    for resource in message.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in points(metric):
                    yield point_problem(metric, point, window=window)


_SPAN = attrgetter(
    "trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano", "name",
    "attributes", "events", "links",
)  # fmt: skip
PROBLEMS = {TRACES: _span_problems, METRICS: _point_problems, LOGS: _record_problems}


def check(signal: str, message: Message, *, window: Window) -> Checked:
    """Look at every item of a message."""
    if signal == TRACES:
        spans = [s for r in message.resource_spans for c in r.scope_spans for s in c.spans]
        if not spans or _all_good(spans, window):
            return Checked(len(spans), 0, ())
    kept = rejected = 0
    problems: list[str] = []
    for problem in PROBLEMS[signal](message, window):
        if not problem:
            kept += 1
            continue
        rejected += 1
        if len(problems) < SHOWN:
            problems.append(problem)
    return Checked(kept, rejected, tuple(problems))


def _all_good(spans: Sequence[Message], window: Window) -> bool:
    """Whether ``span_problem`` would find nothing: most bodies, told in half the time."""
    traces, own, parents, starts, ends, names, *many = zip(*map(_SPAN, spans), strict=True)
    return (
        set(map(len, traces)) == {TRACE_ID}
        and NO_TRACE not in traces
        and set(map(len, own)) == {SPAN_ID}
        and NO_SPAN not in own
        and set(map(len, parents)) <= {0, SPAN_ID}
        and window.first <= min(starts)
        and max(starts) <= window.last
        and max(ends) <= LATEST
        and max(map(len, names)) <= NAME
        and max(max(map(len, some)) for some in many) <= ATTRIBUTES
    )


def points(metric: Message) -> Any:
    """A metric's data points, whatever its kind."""
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def span_problem(span: Message, *, window: Window) -> str:
    """Why a span cannot be kept; empty if it can."""
    trace, own, start = span.trace_id, span.span_id, span.start_time_unix_nano
    if len(trace) != TRACE_ID or trace == NO_TRACE:
        return f"trace id {trace.hex()[:64]!r} is not 16 bytes, or all zero"
    if len(own) != SPAN_ID or own == NO_SPAN:
        return f"span id {own.hex()[:64]!r} is not 8 bytes, or all zero"
    if not window.first <= start <= window.last:
        return f"span {own.hex()!r}: {_outside(start)}"
    if span.end_time_unix_nano > LATEST or len(span.parent_span_id) not in (0, SPAN_ID):
        return f"span {own.hex()!r}: its end or its parent's id is impossible"
    if max(len(span.attributes), len(span.events), len(span.links)) > ATTRIBUTES:
        return f"span {own.hex()!r} has more than {ATTRIBUTES} attributes, events or links"
    if len(span.name) > NAME:
        return f"span {own.hex()!r} has a name of more than {NAME} characters"
    return ""


def record_problem(record: Message, *, window: Window) -> str:
    """Why a log record cannot be kept; empty if it can."""
    time = record.time_unix_nano or record.observed_time_unix_nano
    if time and not window.first <= time <= window.last:
        return f"a record: {_outside(time)}"
    if record.observed_time_unix_nano > LATEST:
        return "a record: the time it was observed at is impossible"
    if len(record.attributes) > ATTRIBUTES:
        return f"a record has more than {ATTRIBUTES} attributes"
    if len(record.trace_id) not in (0, TRACE_ID) or len(record.span_id) not in (0, SPAN_ID):
        return f"a record: trace id {record.trace_id.hex()[:64]!r} or its span id is no id"
    return ""


def point_problem(metric: Message, point: Message, *, window: Window) -> str:
    """Why a data point cannot be kept; empty if it can."""
    if not metric.name or len(metric.name) > NAME:
        return f"metric {metric.name[:64]!r} has no name, or one of more than {NAME} characters"
    if not window.first <= point.time_unix_nano <= window.last:
        return f"metric {metric.name[:64]!r}: {_outside(point.time_unix_nano)}"
    if point.start_time_unix_nano > LATEST:
        return f"metric {metric.name[:64]!r}: its start is impossible"
    if len(point.attributes) > ATTRIBUTES:
        return f"metric {metric.name[:64]!r} has more than {ATTRIBUTES} attributes"
    return ""


def _outside(time: int) -> str:
    return f"time {time} ns is in the future, or longer ago than is kept (collect.keep_days)"
