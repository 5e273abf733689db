"""OTLP over gRPC: the same three exports on a port of their own."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Detail
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from holdfast.errors import HoldfastError, SettingsError
from holdfast.observation.wire import LOGS, METRICS, TRACES
from holdfast.server.otlp.reply import (
    INTERNAL,
    RETRY_SECONDS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    code_of,
    response,
)
from holdfast.server.service import Service

LOG = logging.getLogger("holdfast.server")
SERVICES = {
    TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
}
THREADS, WAITING = 8, 64
"""Exports that are worked on at once, and those that may be on their way with them."""
GRACE_SECONDS = 10
DETAILS = "grpc-status-details-bin"


@contextmanager
def serve_rpc(service: Service, *, host: str, port: int, api_key: str = "") -> Iterator[int]:
    """Listen for exports; yields the port. Raises ``SettingsError`` if it cannot be had."""
    megabytes = service.project.settings.server.max_body_megabytes
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="otlp-grpc"),
        options=[("grpc.max_receive_message_length", megabytes << 20), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=WAITING,
    )
    for signal, name in SERVICES.items():
        # Without a deserializer the handler gets the bytes as they came.
        handler = grpc.unary_unary_rpc_method_handler(
            partial(_export, signal, receive=_receiver(service, signal), api_key=api_key)
        )
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(name, {"Export": handler})]
        )
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError as e:
        raise SettingsError(
            f"cannot listen on {address} for gRPC; choose another with --grpc-port"
        ) from e
    server.start()
    try:
        yield bound
    finally:
        server.stop(GRACE_SECONDS).wait()


def _receiver(service: Service, signal: str) -> Callable[[bytes], bytes]:
    def receive(content: bytes) -> bytes:
        checked = service.intake.accept(signal, content)
        service.metrics.received(signal, kept=checked.kept, rejected=checked.rejected)
        written: bytes = response(signal, checked).SerializeToString()
        return written

    return receive


def _export(
    signal: str,
    content: bytes,
    context: Any,
    *,
    receive: Callable[[bytes], bytes],
    api_key: str,
) -> bytes:
    if api_key and not _knows(context, api_key):
        message = "this server asks for its API key; send it as 'authorization: Bearer KEY'"
        return _refuse(context, UNAUTHENTICATED, message)
    try:
        return receive(content)
    except HoldfastError as error:
        code = code_of(error)
        if code in (UNAVAILABLE, INTERNAL):
            LOG.warning("%s: %s: %s", signal, error.code, error)
        return _refuse(context, code, str(error))
    except Exception:
        LOG.exception("%s failed", signal)
        return _refuse(context, INTERNAL, "something went wrong here; the server's log says what")


def _refuse(context: Any, code: int, message: str) -> bytes:
    """Fail the call; what may succeed later says when to try again."""
    if code == UNAVAILABLE:
        detail = Detail()
        detail.Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS)))
        status = Status(code=code, message=message, details=[detail])
        context.set_trailing_metadata([(DETAILS, status.SerializeToString())])
    context.set_code(next(known for known in grpc.StatusCode if known.value[0] == code))
    context.set_details(message)
    return b""


def _knows(context: Any, api_key: str) -> bool:
    for name, value in context.invocation_metadata():
        scheme, _, given = str(value).partition(" ")
        if name == "authorization" and scheme.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode(), api_key.encode())
    return False
