"""Telemetry over HTTP: what the public exporters send arrives whole, and nothing sent breaks us."""

from __future__ import annotations

import gzip
import json
import secrets
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pyarrow as pa
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace import Status as SpanStatus

from holdfast.project import Project
from tests.support.otlp import JSON, PROTOBUF, gauge, logs, spans, traces
from tests.support.server import made, rest, served

FUZZ = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class World:
    project: Project
    url: str
    http: httpx.Client

    def trace(self, trace_id: str, count: int = 1) -> list[dict[str, Any]]:
        """The spans of a trace, once there are so many."""
        while len(found := self.project.system.spans().trace(trace_id)) < count:
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("otlp") / "shop"
    with made(folder) as project, served(project) as url, rest(url) as http:
        yield World(project, url, http)


@pytest.mark.parametrize("compression", list(Compression))
def test_what_the_public_exporter_sends_arrives_field_by_field(
    world: World, compression: Compression
) -> None:
    exporter = OTLPSpanExporter(f"{world.url}/v1/traces", compression=compression)
    provider = TracerProvider(
        resource=Resource.create({"service.name": "shop", "deployment.environment": "test"})
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("lib", "1.2", attributes={"scope.key": True})
    with tracer.start_as_current_span("GET /ask", kind=SpanKind.SERVER) as outer:
        link = Link(outer.get_span_context(), {"why": "because"})
        with tracer.start_as_current_span("chat gpt", kind=SpanKind.CLIENT, links=[link]) as inner:
            inner.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.system": "openai",
                    "gen_ai.request.model": "gpt",
                    "gen_ai.request.temperature": 0,
                    "gen_ai.usage.input_tokens": 12,
                    "gen_ai.response.finish_reasons": ["stop"],
                    "gen_ai.conversation.id": "s-1",
                    "custom.flag": True,
                    "custom.list": [1, 2],
                    "custom.text": "",
                }
            )
            inner.add_event("retry", {"attempt": 2}, timestamp=5)
            inner.set_status(SpanStatus(StatusCode.ERROR, "too slow"))
    context = outer.get_span_context()
    first, second = world.trace(f"{context.trace_id:032x}", 2)
    assert first["name"] == "GET /ask"
    assert (first["parent_id"], first["kind"], first["status"]) == ("", "server", "unset")
    assert first["start_ns"] == outer.start_time  # type: ignore[attr-defined]
    assert first["duration_ns"] == outer.end_time - outer.start_time  # type: ignore[attr-defined]
    assert (first["service"], first["environment"]) == ("shop", "test")
    assert json.loads(first["resource"])["telemetry.sdk.name"] == "opentelemetry"
    assert (first["scope"], first["scope_version"]) == ("lib", "1.2")
    assert json.loads(first["scope_attributes"]) == {"scope.key": True}
    assert second["parent_id"] == first["span_id"] == f"{context.span_id:016x}"
    assert (second["status"], second["status_message"]) == ("error", "too slow")
    assert second["operation"] == "chat"
    assert (second["provider"], second["model"]) == ("openai", "gpt")
    assert (second["temperature"], second["input_tokens"]) == (0.0, 12)
    assert (second["finish_reasons"], second["session"]) == (["stop"], "s-1")
    rest = {"custom.flag": True, "custom.list": [1, 2], "custom.text": ""}
    assert json.loads(second["attributes"]) == rest
    event = {"time_ns": 5, "name": "retry", "attributes": {"attempt": 2}}
    assert json.loads(second["events"]) == [event]
    to = {"trace_id": first["trace_id"], "span_id": first["span_id"]}
    assert json.loads(second["links"]) == [{**to, "attributes": {"why": "because"}}]


def test_json_has_ids_in_hex_and_numbers_as_text(world: World) -> None:
    request = traces(name="from json", **{"gen_ai.usage.output_tokens": 2**40, "b": b"\x00\xff"})
    span = spans(request)[0]
    value = MessageToDict(request)
    written = value["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    written["traceId"], written["spanId"] = span.trace_id.hex(), span.span_id.hex().upper()
    written["unknownField"] = 1
    reply = world.http.post("/v1/traces", json=value)
    assert (reply.status_code, reply.json()) == (200, {})
    assert reply.headers["content-type"] == "application/json"
    found = world.trace(span.trace_id.hex())[0]
    assert (found["span_id"], found["name"]) == (span.span_id.hex(), "from json")
    assert found["start_ns"] == span.start_time_unix_nano
    assert found["output_tokens"] == 2**40
    assert json.loads(found["attributes"]) == {"b": "AP8="}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare deflate", "identity"])
def test_compressed_bodies(world: World, encoding: str) -> None:
    request = traces(2)
    plain = request.SerializeToString()
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(plain),
        "deflate": zlib.compress(plain),
        "bare deflate": bare.compress(plain) + bare.flush(),
        "identity": plain,
    }[encoding]
    headers = {**PROTOBUF, "content-encoding": encoding.rsplit(maxsplit=1)[-1]}
    assert world.http.post("/v1/traces", content=packed, headers=headers).status_code == 200
    world.trace(spans(request)[1].trace_id.hex())


def test_the_same_batch_sent_twice_is_stored_once(world: World) -> None:
    request = traces(3)
    plain = request.SerializeToString()
    for packed in (gzip.compress(plain, 1), gzip.compress(plain, 9)):
        headers = {**PROTOBUF, "content-encoding": "gzip"}
        assert world.http.post("/v1/traces", content=packed, headers=headers).status_code == 200
    assert world.http.post("/v1/traces", content=plain, headers=PROTOBUF).status_code == 200
    marker = traces()
    world.http.post("/v1/traces", content=marker.SerializeToString(), headers=PROTOBUF)
    world.trace(spans(marker)[0].trace_id.hex())
    assert len(world.trace(spans(request)[0].trace_id.hex())) == 1


def test_metrics_and_logs_arrive(world: World) -> None:
    name = f"made.{secrets.token_hex(4)}"
    sent = {"metrics": gauge(name, 1.5, 2.5), "logs": logs(name, {"a": [1, None]})}
    for signal, request in sent.items():
        content = request.SerializeToString()
        reply = world.http.post(f"/v1/{signal}", content=content, headers=PROTOBUF)
        assert (reply.status_code, reply.content) == (200, b"")
    system = world.project.system
    rows: dict[str, list[dict[str, Any]]] = {"points": [], "logs": []}
    while not all(rows.values()):
        time.sleep(0.05)
        for table in rows:
            days = system.telemetry().days(table)
            found = [system.telemetry().relation(table, day) for day in days]
            # A day whose table is just being made is an empty one in memory.
            kept = [one for one in found if not isinstance(one, pa.Table)]
            rows[table] = [row for one in kept for row in one.to_table().to_pylist()]
    assert [row["value"] for row in rows["points"] if row["name"] == name] == [1.5, 2.5]
    assert [row["body"] for row in rows["logs"]] == [name, '{"a":[1,null]}']
    assert (rows["logs"][0]["level"], rows["logs"][0]["service"]) == ("ERROR", "shop")


def test_bad_spans_are_named_and_the_others_kept(world: World) -> None:
    request = traces(4)
    good, *bad = spans(request)
    bad[0].trace_id = b"short"
    bad[1].span_id = bytes(8)
    bad[2].start_time_unix_nano = 1
    reply = world.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    assert reply.status_code == 200
    partial = ExportTraceServiceResponse.FromString(reply.content).partial_success
    assert partial.rejected_spans == 3
    assert "trace id '73686f7274' is not 16 bytes" in partial.error_message
    assert len(world.trace(good.trace_id.hex())) == 1


def test_errors_are_a_status_in_the_senders_own_type(world: World) -> None:
    reply = world.http.post("/v1/traces", content=b"\xff", headers=PROTOBUF)
    assert (reply.status_code, reply.headers["content-type"]) == (400, PROTOBUF["content-type"])
    assert Status.FromString(reply.content).code == 3
    reply = world.http.post("/v1/logs", content=b"[1", headers=JSON)
    assert reply.status_code == 400
    assert "is not JSON" in reply.json()["message"]
    reply = world.http.post("/v1/traces", content=b"x", headers={"content-type": "text/plain"})
    assert reply.status_code == 415
    headers = {**PROTOBUF, "content-encoding": "br"}
    assert world.http.post("/v1/traces", content=b"x", headers=headers).status_code == 400


def test_a_bomb_is_refused_before_it_unpacks(world: World) -> None:
    packer = zlib.compressobj(1, wbits=31)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(70)) + packer.flush()
    headers = {**PROTOBUF, "content-encoding": "gzip"}
    reply = world.http.post("/v1/traces", content=packed, headers=headers)
    assert reply.status_code == 413
    assert "once it is unpacked" in Status.FromString(reply.content).message


def test_deep_json_is_refused(world: World) -> None:
    for depth in (99, 1_000, 100_000):
        content = b'{"a":' * depth + b"1" + b"}" * depth
        assert world.http.post("/v1/traces", content=content, headers=JSON).status_code in (
            200,
            400,
        )


def check(reply: httpx.Response) -> None:
    assert reply.status_code < 500, reply.content


@FUZZ
@given(
    signal=st.sampled_from(["traces", "metrics", "logs"]),
    content=st.binary(max_size=200),
    encoding=st.sampled_from(["", "gzip", "deflate"]),
    pack=st.booleans(),
    json=st.booleans(),
)
def test_any_bytes(
    world: World, signal: str, content: bytes, encoding: str, *, pack: bool, json: bool
) -> None:
    if pack:
        packers: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress}
        content = packers.get(encoding, bytes)(content)
    headers = {**(JSON if json else PROTOBUF), "content-encoding": encoding}
    check(world.http.post(f"/v1/{signal}", content=content, headers=headers))


@FUZZ
@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255))))
def test_any_damage(world: World, cut: int, flips: list[tuple[int, int]]) -> None:
    content = bytearray(
        traces(2, **{"a": [1, {"b": "c"}], "gen_ai.prompt": "x"}).SerializeToString()
    )
    for place, value in flips:
        content[place % len(content)] = value
    check(world.http.post("/v1/traces", content=bytes(content[: -cut or None]), headers=PROTOBUF))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["resourceSpans", "scopeSpans", "spans", "traceId", "name", "attributes",
                         "key", "value", "stringValue", "intValue", "arrayValue", "values"]),
        inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@FUZZ
@given(value=VALUES)
def test_any_json(world: World, value: Any) -> None:
    wrapped = {"resourceSpans": [{"scopeSpans": [{"spans": [value]}]}]}
    for sent in (value, wrapped):
        check(world.http.post("/v1/traces", content=json.dumps(sent).encode(), headers=JSON))


def test_all_that_was_sent_is_sorted_and_nothing_was_set_aside(world: World) -> None:
    inbox = world.project.system.inbox()
    while inbox.backlog().bodies:
        time.sleep(0.05)
    assert inbox.backlog().damaged == 0
