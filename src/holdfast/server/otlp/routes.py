"""``POST /v1/traces``, ``/v1/metrics`` and ``/v1/logs``: OTLP over HTTP."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from holdfast.errors import BusyError, HoldfastError, UsageError
from holdfast.observation.wire import JSON, LOGS, METRICS, PROTOBUF, TRACES
from holdfast.server.otlp.reply import failed, response, written
from holdfast.server.service import Served, Service

LOG = logging.getLogger("holdfast.server")
IN_FLIGHT = 128 << 20
"""Bytes of all bodies together that are being received or checked."""
PATHS = {f"/v1/{signal}": signal for signal in (TRACES, METRICS, LOGS)}

router = APIRouter(tags=["telemetry"])
BODY = {
    "requestBody": {
        "required": True,
        "content": {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}, JSON: {}},
    }
}


class UnknownTypeError(UsageError):
    """A body that is neither protobuf nor JSON."""

    code = "unsupported_media_type"
    status = 415


@router.post("/v1/traces", response_class=Response, openapi_extra=BODY)
async def receive_traces(request: Request, service: Served) -> Response:
    """Take spans in; the reply comes when they are durable."""
    return await _receive(TRACES, request, service)


@router.post("/v1/metrics", response_class=Response, openapi_extra=BODY)
async def receive_metrics(request: Request, service: Served) -> Response:
    """Take data points in; the reply comes when they are durable."""
    return await _receive(METRICS, request, service)


@router.post("/v1/logs", response_class=Response, openapi_extra=BODY)
async def receive_logs(request: Request, service: Served) -> Response:
    """Take log records in; the reply comes when they are durable."""
    return await _receive(LOGS, request, service)


async def _receive(signal: str, request: Request, service: Service) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    json = kind == JSON
    try:
        if kind not in (JSON, PROTOBUF):
            raise UnknownTypeError(f"content-type {kind!r} is not known; send {PROTOBUF} or {JSON}")
        encoding = request.headers.get("content-encoding", "").strip().lower()
        content = bytearray()
        try:
            async for chunk in request.stream():
                service.in_flight += len(chunk)
                content += chunk
                if service.in_flight > IN_FLIGHT:
                    raise BusyError(
                        f"bodies of {service.in_flight >> 20} MB are being received already; "
                        "send again later"
                    )
            checked = await service.run(
                service.intake.accept,
                signal,
                bytes(content),
                encoding="" if encoding == "identity" else encoding,
                json=json,
            )
        finally:
            service.in_flight -= len(content)
    except HoldfastError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            LOG.warning("%s: %s: %s", signal, error.code, error)
        return failed(error, json=json)
    service.metrics.received(signal, kept=checked.kept, rejected=checked.rejected)
    return written(response(signal, checked), json=json)
