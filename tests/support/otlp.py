"""Requests as applications send them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.domain.digest import digest_bytes
from holdfast.observation.wire import Window
from holdfast.operations.watch.traces import Traces
from holdfast.ports.inbox import Body
from holdfast.project import Project

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
NOW = 1_700_000_000_000_000
"""Microseconds since 1970."""
WINDOW = Window.at(NOW, days=90)


def set_value(value: Any, given: Any) -> None:
    """Fill an ``AnyValue``."""
    match given:
        case bool():
            value.bool_value = given
        case int():
            value.int_value = given
        case float():
            value.double_value = given
        case str():
            value.string_value = given
        case bytes():
            value.bytes_value = given
        case list():
            value.array_value.SetInParent()
            for inner in given:
                set_value(value.array_value.values.add(), inner)
        case dict():
            value.kvlist_value.SetInParent()
            for key, inner in given.items():
                pair = value.kvlist_value.values.add()
                pair.key = key
                set_value(pair.value, inner)


def attributes(into: Any, given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        pair = into.attributes.add()
        pair.key = key
        set_value(pair.value, value)


def traces(
    count: int = 1, *, at: int | None = None, name: str = "chat", **given: Any
) -> ExportTraceServiceRequest:
    """Spans of one service, each in a trace of its own; ``at`` in nanoseconds."""
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    attributes(of_resource.resource, {"service.name": "shop", "host.name": "h1"})
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name = "test"
    start = time.time_ns() if at is None else at
    for number in range(count):
        span = of_scope.spans.add()
        span.trace_id, span.span_id = secrets.token_bytes(16), secrets.token_bytes(8)
        span.name = name
        span.start_time_unix_nano = start + number
        span.end_time_unix_nano = start + number + 1_000_000
        attributes(span, given)
    return request


def spans(request: ExportTraceServiceRequest) -> list[Any]:
    return list(request.resource_spans[0].scope_spans[0].spans)


def logs(*bodies: Any, at: int | None = None) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    of_resource = request.resource_logs.add()
    attributes(of_resource.resource, {"service.name": "shop"})
    for body in bodies:
        record = of_resource.scope_logs.add().log_records.add()
        record.time_unix_nano = time.time_ns() if at is None else at
        record.severity_text, record.severity_number = "ERROR", 17
        set_value(record.body, body)
    return request


def gauge(name: str, *values: float, at: int | None = None) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = name
    for value in values:
        point = metric.gauge.data_points.add()
        point.as_double = value
        point.time_unix_nano = time.time_ns() if at is None else at
    return request


def settle(project: Project) -> None:
    """Sort everything that waits, once whoever does so now has ended."""
    inbox = project.system.inbox()
    while True:
        with inbox.alone() as mine:
            if mine:
                sorter = Traces(project.system).sorter()
                while sorter.sort():
                    pass
                return
        time.sleep(0.05)


def body(request: Any, signal: str = "traces", items: int = 1) -> Body:
    """A request as the inbox keeps it."""
    content = request.SerializeToString()
    return Body(signal, digest_bytes(content), "", items, content)
