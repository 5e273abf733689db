"""Telemetry over gRPC, as the public exporter sends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from holdfast.errors import BusyError
from holdfast.observation.wire import LOGS, TRACES
from holdfast.operations.watch.traces import Traces
from holdfast.server.otlp.rpc import DETAILS, SERVICES, serve_rpc
from holdfast.server.service import Service, serve_project
from holdfast.server.sorting import Sorting
from tests.support.otlp import logs, spans, traces
from tests.support.project import Shop, made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return made(tmp_path_factory.mktemp("grpc") / "shop", deploy=False)


@pytest.fixture
def service(shop: Shop) -> Iterator[Service]:
    service = serve_project(shop.project)
    # What is in memory only this process can sort.
    sorting = Sorting(Traces(shop.project.system), shop.parts.inbox)
    thread = threading.Thread(target=sorting.run)
    thread.start()
    yield service
    service.intake.close()
    sorting.stop()
    thread.join()


@contextmanager
def channel(service: Service, *, api_key: str = "") -> Iterator[grpc.Channel]:
    with (
        serve_rpc(service, host="127.0.0.1", port=0, api_key=api_key) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as opened,
    ):
        yield opened


def export(opened: grpc.Channel, signal: str, content: bytes, **more: Any) -> bytes:
    reply = opened.unary_unary(f"/{SERVICES[signal]}/Export")(content, timeout=30, **more)
    return bytes(reply)


def found(shop: Shop, trace_id: str) -> list[dict[str, Any]]:
    while not (rows := shop.parts.telemetry.trace(trace_id)):
        time.sleep(0.02)
    return rows


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_what_the_public_exporter_sends_arrives(
    shop: Shop, service: Service, compression: grpc.Compression
) -> None:
    shop.parts.clock.advance(seconds=time.time() - shop.parts.clock.now() / 1e6)
    with serve_rpc(service, host="127.0.0.1", port=0) as port:
        exporter = OTLPSpanExporter(
            f"127.0.0.1:{port}", insecure=True, compression=compression, timeout=30
        )
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("lib").start_as_current_span("ask") as span:
            span.set_attributes({"gen_ai.request.model": "gpt", "n": [1.5]})
        provider.shutdown()
    row = found(shop, f"{span.get_span_context().trace_id:032x}")[0]
    assert (row["name"], row["scope"], row["model"]) == ("ask", "lib", "gpt")
    assert row["start_ns"] == span.start_time  # type: ignore[attr-defined]
    assert row["attributes"] == '{"n":[1.5]}'


def now(shop: Shop) -> int:
    return shop.parts.clock.now() * 1_000


def test_bad_spans_are_counted_and_logs_arrive(shop: Shop, service: Service) -> None:
    request = traces(2, at=now(shop))
    spans(request)[0].span_id = b""
    with channel(service) as opened:
        reply = export(opened, TRACES, request.SerializeToString())
        partial = ExportTraceServiceResponse.FromString(reply).partial_success
        assert partial.rejected_spans == 1
        reply = export(opened, LOGS, logs("a", at=now(shop)).SerializeToString())
        assert not ExportLogsServiceResponse.FromString(reply).partial_success.rejected_log_records


def test_errors_have_codes(shop: Shop, service: Service) -> None:
    with channel(service) as opened:
        with pytest.raises(grpc.RpcError) as caught:
            export(opened, TRACES, b"\xff")
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.RpcError) as caught:
            export(opened, TRACES, bytes(9 << 20), compression=grpc.Compression.Gzip)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_busy_server_says_when_to_try_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(signal: str, content: bytes) -> None:
        raise BusyError("send again later")

    monkeypatch.setattr(service.intake, "accept", busy)
    with channel(service) as opened, pytest.raises(grpc.RpcError) as caught:
        export(opened, TRACES, b"")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    details = dict(caught.value.trailing_metadata())[DETAILS]
    info = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(info)
    assert info.retry_delay.seconds > 0


def test_the_api_key_is_asked_for(shop: Shop, service: Service) -> None:
    content = traces(at=now(shop)).SerializeToString()
    with channel(service, api_key="secret") as opened:
        for given in ((), (("authorization", "Bearer wrong"),), (("authorization", "secret"),)):
            with pytest.raises(grpc.RpcError) as caught:
                export(opened, TRACES, content, metadata=given)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert export(opened, TRACES, content, metadata=[("authorization", "Bearer secret")]) == b""


def test_a_collector_takes_telemetry_and_nothing_else(tmp_path: Path) -> None:
    from fastapi.routing import iter_route_contexts

    from holdfast.server.collect import create_collector

    shop = made(tmp_path / "shop", deploy=False)
    app = create_collector(shop.project)
    paths = {context.path for context in iter_route_contexts(app.routes)}
    wanted = {"/healthz", "/metrics", "/v1/traces", "/v1/metrics", "/v1/logs"}
    assert wanted <= paths
    assert not {path for path in paths if path.startswith("/api") or "chat" in path}
    app.state.service.intake.close()
