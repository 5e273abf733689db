"""Spans of a request as columns."""

from __future__ import annotations

from typing import Any

from holdfast.observation.attributes import KINDS, fits, mapping, origin, plain, text
from holdfast.observation.days import Days, Lists, put
from holdfast.observation.wire import Message, Window, span_problem
from holdfast.ports.telemetry import TEXT

SPAN_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")


def decode_spans(message: Message, *, batch: int, window: Window, into: Days) -> None:
    """Add the spans that can be kept."""
    for of_resource in message.resource_spans:
        service, environment, resource = origin(of_resource.resource)
        for of_scope in of_resource.scope_spans:
            scope = of_scope.scope
            shared = {
                "batch": batch,
                "service": service,
                "environment": environment,
                "resource": resource,
                "scope": scope.name or None,
                "scope_version": scope.version or None,
                "scope_attributes": text(mapping(scope.attributes)),
            }
            present = {name: value for name, value in shared.items() if value is not None}
            for span in of_scope.spans:
                if not span_problem(span, window=window):
                    _span(span, shared=present, into=into)


def _span(span: Message, *, shared: dict[str, Any], into: Days) -> None:
    start = span.start_time_unix_nano
    columns, row = into.at(start)
    for name, value in shared.items():
        put(columns[name], value, row=row)
    columns["trace_id"].append(span.trace_id.hex())
    columns["span_id"].append(span.span_id.hex())
    columns["parent_id"].append(span.parent_span_id.hex())
    columns["name"].append(span.name)
    kind = span.kind
    columns["kind"].append(SPAN_KINDS[kind] if 0 <= kind < len(SPAN_KINDS) else str(kind))
    columns["start_ns"].append(start)
    columns["duration_ns"].append(span.end_time_unix_nano - start)
    code = span.status.code
    columns["status"].append(STATUSES[code] if 0 <= code < len(STATUSES) else str(code))
    rest: dict[str, Any] = {}
    for attribute in span.attributes:
        key, held = attribute.key, attribute.value
        value = held.string_value or plain(held)
        target = KINDS.get(key)
        if target is not None:
            column, wanted = target
            # Bytes and numbers that JSON does not know are texts by now, but were sent as none.
            text_of_none = wanted == TEXT and not held.HasField("string_value")
            fit = None if text_of_none else fits(value, wanted)
            if fit is not None and len(columns[column]) <= row:
                put(columns[column], fit, row=row)
                continue
        rest[key] = value
    if rest:
        put(columns["attributes"], text(rest), row=row)
    _seldom(span, columns=columns, row=row)


def _seldom(span: Message, *, columns: Lists, row: int) -> None:
    """What most spans do not have."""
    for name, value in (
        ("status_message", span.status.message),
        ("trace_state", span.trace_state),
        ("flags", span.flags),
        (
            "dropped",
            span.dropped_attributes_count + span.dropped_events_count + span.dropped_links_count,
        ),
    ):
        if value:
            put(columns[name], value, row=row)
    for name, items, write in (("events", span.events, event), ("links", span.links, link)):
        if items:
            put(columns[name], text([write(item) for item in items]), row=row)


def event(item: Message) -> dict[str, Any]:
    """A span's event."""
    return {
        "time_ns": item.time_unix_nano,
        "name": item.name,
        "attributes": mapping(item.attributes),
    }


def link(item: Message) -> dict[str, Any]:
    """A span's link to another."""
    return {
        "trace_id": item.trace_id.hex(),
        "span_id": item.span_id.hex(),
        "attributes": mapping(item.attributes),
    }
