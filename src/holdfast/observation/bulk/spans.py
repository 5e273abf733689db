"""Spans of many requests as tables, one a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from holdfast.observation.attributes import mapping, origin, text
from holdfast.observation.bulk.fields import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    Fields,
    Numbers,
    Source,
    UnusualError,
    fields,
    walk,
)
from holdfast.observation.bulk.values import Attributes, named
from holdfast.observation.days import name_of
from holdfast.observation.spans import SPAN_KINDS, STATUSES, event, link
from holdfast.observation.wire import ATTRIBUTES, DAY, NAME, SPAN_ID, TRACE_ID, Window
from holdfast.ports.telemetry import SPANS

TRACE, OWN, STATE, PARENT, NAMED, KIND, START, END, PAIRS = range(1, 10)
DROPPED, EVENTS, LINKS, STATUS, FLAGS = (10, 12, 14), 11, 13, 15, 16
"""Fields of a ``Span``."""
SHARED = ("service", "environment", "resource", "scope", "scope_version", "scope_attributes")
"""Columns that all spans of one scope have in common."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request's body, unpacked, and what goes with it."""

    batch: int
    content: bytes
    window: Window


@dataclass(slots=True)
class _Places:
    """Where spans lie, of which request each is, and of which scope."""

    start: list[int]
    end: list[int]
    request: list[int]
    scope: list[int]
    scopes: dict[tuple[bytes, bytes], int]


def decode(requests: Sequence[Request]) -> dict[str, pa.Table]:
    """The spans that can be kept, by day. Raises ``UnusualError``."""
    source = Source([request.content for request in requests])
    places = _Places([], [], [], [], {})
    for number, (start, end) in enumerate(source.bounds):
        _find(source, start, end, number=number, into=places)
    if not places.start:
        return {}
    found = fields(source, start=np.array(places.start), end=np.array(places.end))
    which = np.array(places.request)
    keep = _kept(source, found, [request.window for request in requests], which)
    batch = np.array([request.batch for request in requests])[which]
    columns = {name: pa.nulls(found.count) for name in SPANS}
    columns |= {"batch": pa.array(batch)}
    columns |= _shared(places)
    columns |= _plain(source, found)
    columns |= _seldom(source, found)
    pairs = found.many(PAIRS, BYTES)
    if pairs.size:
        held = Attributes(
            source, found.owner[pairs], start=found.start[pairs], end=found.end[pairs]
        )
        columns |= held.columns(found.count)
    table = pa.table(columns)
    day = found.values(START, FIXED64) // DAY
    days = np.unique(day[keep]).tolist()
    if len(days) == 1 and keep.all():
        return {name_of(days[0]): table}
    return {name_of(one): table.filter(pa.array(keep & (day == one))) for one in days}


def _find(source: Source, start: int, end: int, *, number: int, into: _Places) -> None:
    """Note where a request's spans are."""
    data = source.data
    for tag, first, last in walk(data, start=start, end=end):
        if tag != 1:
            continue
        resource, scopes = _first(data, first, last)
        for begins, ends in scopes:
            scope, spans = _first(data, begins, ends)
            key = (resource, scope)
            known = into.scopes.setdefault(key, len(into.scopes))
            into.start += [span[0] for span in spans]
            into.end += [span[1] for span in spans]
            into.request += [number] * len(spans)
            into.scope += [known] * len(spans)


def _first(data: bytes, start: int, end: int) -> tuple[bytes, list[tuple[int, int]]]:
    """The one field 1 of a message, and where its fields 2 are."""
    head: bytes | None = None
    rest = []
    for tag, first, last in walk(data, start=start, end=end):
        if tag == 2:  # noqa: PLR2004 - the field's number
            rest.append((first, last))
        elif tag == 1:
            if head is not None:
                raise UnusualError("a resource or a scope more than once")
            head = data[first:last]
    return head or b"", rest


def _shared(places: _Places) -> dict[str, pa.Array]:
    """What spans have of their resource and scope."""
    rows: list[tuple[Any, ...]] = []
    for resource, scope in places.scopes:
        about = InstrumentationScope.FromString(scope)
        rows.append(
            (
                *origin(Resource.FromString(resource)),
                about.name or None,
                about.version or None,
                text(mapping(about.attributes)),
            )
        )
    which = pa.array(places.scope)
    columns = zip(SHARED, zip(*rows, strict=True), strict=True)
    return {name: pa.array(values, pa.string()).take(which) for name, values in columns}


def _kept(
    source: Source, found: Fields, windows: Sequence[Window], which: Numbers
) -> NDArray[np.bool_]:
    """The same as ``wire.span_problem`` finds."""
    first = np.array([window.first for window in windows])[which]
    last = np.array([window.last for window in windows])[which]
    start, end = found.values(START, FIXED64), found.values(END, FIXED64)
    keep = (start >= first) & (start <= last) & (end >= 0)
    keep &= _is_id(source, found, TRACE, width=TRACE_ID) & _is_id(source, found, OWN, width=SPAN_ID)
    keep &= np.isin(_length(found, PARENT), (0, SPAN_ID))
    for number in (PAIRS, EVENTS, LINKS):
        many = found.owner[found.many(number, BYTES)]
        keep &= np.bincount(many, minlength=found.count) <= ATTRIBUTES
    if (_length(found, NAMED) > NAME).any():
        raise UnusualError("a name that may be too long")
    return np.asarray(keep)


def _length(found: Fields, number: int) -> Numbers:
    at = found.single(number, BYTES)
    return np.where(at < 0, 0, (found.end - found.start)[at])


def _is_id(source: Source, found: Fields, number: int, *, width: int) -> NDArray[np.bool_]:
    good = _length(found, number) == width
    at = found.single(number, BYTES)[good]
    good[good] = source.array[found.start[at][:, None] + np.arange(width)].any(axis=1)
    return np.asarray(good)


def _plain(source: Source, found: Fields) -> dict[str, pa.Array]:
    """What every span has."""
    start, end = found.values(START, FIXED64), found.values(END, FIXED64)
    return {
        "trace_id": _hex(source, found, TRACE, width=TRACE_ID),
        "span_id": _hex(source, found, OWN, width=SPAN_ID),
        "parent_id": _hex(source, found, PARENT, width=SPAN_ID),
        "name": _text(source, found, NAMED).fill_null(""),
        "kind": named(found.values(KIND, VARINT), SPAN_KINDS),
        "start_ns": pa.array(start),
        "duration_ns": pa.array(end - start),
        **_status(source, found),
    }


def _hex(source: Source, found: Fields, number: int, *, width: int) -> pa.Array:
    """Ids as hex; empty where there is none of the right length."""
    good = np.flatnonzero(_length(found, number) == width)
    at = np.full(found.count, -1)
    at[good] = np.arange(len(good))
    hexes = source.hexes(found.start[found.single(number, BYTES)[good]], width=width)
    return (
        hexes if len(good) == found.count else hexes.take(pa.array(at, mask=at < 0)).fill_null("")
    )


def _text(source: Source, found: Fields, number: int) -> pa.Array:
    """A field's texts, null where it is not there."""
    at = found.single(number, BYTES)
    there = at >= 0
    spread = np.where(there, np.cumsum(there) - 1, -1)
    return source.slices(found.start[at[there]], found.end[at[there]], at=spread)


def _status(source: Source, found: Fields) -> dict[str, pa.Array]:
    at = found.single(STATUS, BYTES)
    # One that is not there is as one that is empty.
    start, end = (np.where(at < 0, 0, bound[at]) for bound in (found.start, found.end))
    inner = fields(source, start=start, end=end)
    message = _text(source, inner, 2)
    return {
        "status": named(inner.values(3, VARINT), STATUSES),
        "status_message": _unless_empty(message),
    }


def _unless_empty(texts: pa.Array) -> pa.Array:
    empty = np.diff(np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1]) == 0
    return texts.filter(pa.array(~empty)).take(_spread(~empty)) if empty.any() else texts


def _spread(there: NDArray[np.bool_]) -> pa.Array:
    return pa.array(np.cumsum(there) - 1, mask=~there)


def _seldom(source: Source, found: Fields) -> dict[str, pa.Array]:
    """What most spans do not have."""
    dropped = sum(found.values(number, VARINT) & 0xFFFFFFFF for number in DROPPED)
    flags = found.values(FLAGS, FIXED32)
    return {
        "trace_state": _unless_empty(_text(source, found, STATE)),
        "flags": pa.array(flags, mask=flags == 0),
        "dropped": pa.array(dropped, mask=np.asarray(dropped == 0)),
        "events": _items(source, found, EVENTS, read=lambda c: event(Span.Event.FromString(c))),
        "links": _items(source, found, LINKS, read=lambda c: link(Span.Link.FromString(c))),
    }


def _items(source: Source, found: Fields, number: int, *, read: Callable[[bytes], Any]) -> pa.Array:
    """Events or links of each span as JSON; few spans have any."""
    at = found.many(number, BYTES)
    if not at.size:
        return pa.nulls(found.count, pa.string())
    lists: dict[int, list[Any]] = {}
    for owner, start, end in zip(
        found.owner[at].tolist(), found.start[at].tolist(), found.end[at].tolist(), strict=True
    ):
        lists.setdefault(owner, []).append(read(source.data[start:end]))
    return pa.array([text(lists.get(row)) for row in range(found.count)], pa.string())
