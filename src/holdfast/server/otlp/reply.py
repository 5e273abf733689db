"""Replies in the words of OTLP: a signal's response, or a ``google.rpc.Status``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from google.protobuf.json_format import MessageToJson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

from holdfast.errors import BusyError, HoldfastError, StorageError
from holdfast.observation.wire import JSON, LOGS, METRICS, PROTOBUF, TRACES, Checked

REJECTED: Mapping[str, tuple[Any, str]] = {
    TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 3, 8, 13, 14, 16
"""gRPC's codes, as ``Status`` carries them."""
RETRY_SECONDS = 2


def response(signal: str, checked: Checked) -> Any:
    """What is said of a request that was taken in."""
    kind, rejected = REJECTED[signal]
    message = kind()
    if checked.rejected:
        setattr(message.partial_success, rejected, checked.rejected)
        message.partial_success.error_message = checked.message
    return message


def code_of(error: HoldfastError) -> int:
    """The gRPC code of an error."""
    if isinstance(error, BusyError | StorageError):
        return UNAVAILABLE
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return RESOURCE_EXHAUSTED
    return INVALID_ARGUMENT if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL


def status_of(error: HoldfastError) -> int:
    """The HTTP status of an error: 503 tells a sender to try again, and 507 does not."""
    return HTTPStatus.SERVICE_UNAVAILABLE if code_of(error) == UNAVAILABLE else error.status


def written(message: Any, *, json: bool, status: int = HTTPStatus.OK) -> Response:
    """A message in the content type of the request."""
    headers = {"retry-after": str(RETRY_SECONDS)} if status in (429, 503) else None
    if json:
        text = MessageToJson(message, indent=None)
        return Response(text, status, headers=headers, media_type=JSON)
    return Response(message.SerializeToString(), status, headers=headers, media_type=PROTOBUF)


def failed(error: HoldfastError, *, json: bool) -> Response:
    """An error as a sender of OTLP expects it."""
    status = Status(code=code_of(error), message=str(error))
    return written(status, json=json, status=status_of(error))
