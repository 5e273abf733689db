"""Log records as columns."""

from __future__ import annotations

from typing import Any

from holdfast.observation.attributes import mapping, origin, plain, text
from holdfast.observation.days import Days, fill
from holdfast.observation.wire import Message, Window, record_problem

EVENT = "event.name"


def decode_logs(message: Message, *, batch: int, window: Window, into: Days) -> None:
    """Add the records that can be kept; one without a time has that of its arrival."""
    for of_resource in message.resource_logs:
        service, environment, resource = origin(of_resource.resource)
        for of_scope in of_resource.scope_logs:
            shared = {
                "batch": batch,
                "service": service,
                "environment": environment,
                "resource": resource,
                "scope": of_scope.scope.name or None,
            }
            for record in of_scope.log_records:
                if not record_problem(record, window=window):
                    time = record.time_unix_nano or record.observed_time_unix_nano
                    values = _record(record, time=time or window.now)
                    columns, row = into.at(values["time_ns"])
                    fill(columns, {**shared, **values}, row=row)


def _record(record: Message, *, time: int) -> dict[str, Any]:
    attributes = mapping(record.attributes)
    name = record.event_name
    if not name and isinstance(attributes.get(EVENT), str):
        name = attributes.pop(EVENT)
    body = plain(record.body)
    return {
        "time_ns": time,
        "observed_ns": record.observed_time_unix_nano or None,
        "severity": record.severity_number or None,
        "level": record.severity_text or None,
        "body": body if isinstance(body, str) else text(body),
        "event": name or None,
        "trace_id": record.trace_id.hex() or None,
        "span_id": record.span_id.hex() or None,
        "flags": record.flags or None,
        "attributes": text(attributes),
        "dropped": record.dropped_attributes_count or None,
    }
