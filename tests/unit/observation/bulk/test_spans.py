"""Both ways to decode come to the same, whatever is sent."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.observation.attributes import NAMES
from holdfast.observation.bulk.fields import UnusualError
from holdfast.observation.bulk.spans import Request, decode
from holdfast.observation.days import Days
from holdfast.observation.decode import SCHEMAS
from holdfast.observation.spans import decode_spans
from holdfast.ports.telemetry import SPANS
from tests.support.otlp import NOW, WINDOW, attributes, set_value, spans, traces

DAY = 86_400 * 10**9
AT = NOW * 1_000


def one_by_one(requests: list[Any]) -> dict[str, pa.Table]:
    days = Days(SPANS)
    for batch, request in enumerate(requests):
        decode_spans(request, batch=batch, window=WINDOW, into=days)
    return {
        day: pa.table(columns, schema=SCHEMAS["spans"]) for day, columns in days.columns().items()
    }


def together(requests: list[Any]) -> dict[str, pa.Table]:
    bodies = [Request(n, r.SerializeToString(), WINDOW) for n, r in enumerate(requests)]
    return {day: table.cast(SCHEMAS["spans"]) for day, table in decode(bodies).items()}


def same(*requests: Any) -> list[dict[str, Any]]:
    found, wanted = together(list(requests)), one_by_one(list(requests))
    assert {day: rows.to_pylist() for day, rows in found.items()} == {
        day: rows.to_pylist() for day, rows in wanted.items()
    }
    return [row for rows in found.values() for row in rows.to_pylist()]


SIMPLE = (
    st.text(max_size=12)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.binary(max_size=5)
    | st.just(-0.0)
    | st.just(2.0)
)
VALUES = SIMPLE | st.lists(SIMPLE | st.text(max_size=3), max_size=3) | st.lists(
    st.text(max_size=4), max_size=3
) | st.dictionaries(st.text(max_size=3), SIMPLE, max_size=2)  # fmt: skip
KEYS = st.sampled_from(sorted(NAMES)) | st.text(max_size=6)
GIVEN = st.dictionaries(KEYS, VALUES, max_size=6)


@st.composite
def span(draw: st.DrawFn, into: Any) -> None:
    made = into.add()
    made.trace_id = draw(st.binary(min_size=16, max_size=16) | st.binary(max_size=17))
    made.span_id = draw(st.binary(min_size=8, max_size=8) | st.just(bytes(8)))
    made.parent_span_id = draw(st.sampled_from([b"", b"12345678", bytes(8), b"1"]))
    made.name = draw(st.text(max_size=8))
    made.kind = draw(st.integers(0, 5) | st.sampled_from([7, -1]))
    start = draw(st.sampled_from([AT, AT - DAY, AT - 2 * DAY, 0, 2**64 - 1]))
    made.start_time_unix_nano = start
    made.end_time_unix_nano = draw(st.sampled_from([start, AT, 0, 2**63, 2**63 - 1]))
    attributes(made, draw(GIVEN))
    if draw(st.booleans()):
        made.status.code = draw(st.sampled_from([0, 1, 2, 3]))
        made.status.message = draw(st.text(max_size=4))
    made.trace_state = draw(st.text(max_size=3))
    made.flags = draw(st.integers(0, 2**32 - 1))
    made.dropped_attributes_count = draw(st.sampled_from([0, 2**32 - 1]))
    made.dropped_links_count = draw(st.sampled_from([0, 3]))
    for _ in range(draw(st.integers(0, 2))):
        happened = made.events.add()
        happened.name = draw(st.text(max_size=4))
        attributes(happened, draw(GIVEN))
        linked = made.links.add()
        linked.trace_id = draw(st.binary(max_size=16))


@st.composite
def request_of(draw: st.DrawFn) -> Any:
    request = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        of_resource = request.resource_spans.add()
        attributes(of_resource.resource, draw(GIVEN))
        if draw(st.booleans()):
            attributes(of_resource.resource, {"service.name": "shop"})
        for _ in range(draw(st.integers(0, 2))):
            of_scope = of_resource.scope_spans.add()
            of_scope.scope.name = draw(st.text(max_size=4))
            attributes(of_scope.scope, draw(GIVEN))
            for _ in range(draw(st.integers(0, 3))):
                draw(span(of_scope.spans))
    return request


@settings(max_examples=200, deadline=None)
@given(st.lists(request_of(), min_size=1, max_size=3))
def test_both_ways_come_to_the_same(requests: list[Any]) -> None:
    same(*requests)


def test_what_a_chat_sends() -> None:
    sent = {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.request.temperature": 0,
        "custom": 'a "quoted" ü',
        "empty": "",
        "nested": {"a": [1, 2.5]},
    }
    rows = same(traces(3, at=AT, **sent), traces(2, at=AT - DAY))
    assert len(rows) == 5
    found = next(row for row in rows if row["operation"] == "chat")
    assert (found["input_tokens"], found["temperature"]) == (12, 0.0)
    assert found["finish_reasons"] == ["stop"]
    assert json.loads(found["attributes"]) == {n: sent[n] for n in ("custom", "empty", "nested")}


def test_the_first_of_two_for_one_column_is_taken() -> None:
    request = traces(1, at=AT)
    made = spans(request)[0]
    for key, value in (
        ("gen_ai.usage.input_tokens", "many"),
        ("gen_ai.usage.prompt_tokens", 4),
        ("llm.token_count.prompt", 5),
    ):
        pair = made.attributes.add()
        pair.key = key
        set_value(pair.value, value)
    (found,) = same(request)
    assert found["input_tokens"] == 4


def doubled() -> bytes:
    request = traces(1, at=AT)
    content: bytes = request.SerializeToString()
    return content + content


def test_bodies_may_be_put_together() -> None:
    content = doubled()
    (rows,) = decode([Request(1, content, WINDOW)]).values()
    assert len(rows) == 2


def repeated(field: bytes) -> bytes:
    """A request with one span that has a field twice."""
    span = spans(traces(1, at=AT))[0].SerializeToString() + field
    scope = b"\x12" + varint(len(span)) + span
    resource = b"\x12" + varint(len(scope)) + scope
    return b"\x0a" + varint(len(resource)) + resource


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


@pytest.mark.parametrize(
    "field",
    [
        b"\x2a\x01b",  # a second name
        b"\x28\x01",  # a name that is a number
        b"\x2b\x2c",  # a group
        b"\x4a\x09\x0a\x01k\x12\x04\x0a\x00\x0a\x00",  # a value of two kinds
        b"\x4a\x05\x0a\x01k\x40\x01" + b"\x4a\x05\x0a\x01k\x40\x01",  # an attribute twice
        b"\x4a\x07\x0a\x01k\x12\x02\x40\x01",  # a value of a kind that is not known
        b"\x2a\x7f",  # beyond the end
        b"\x28" + b"\xff" * 10 + b"\x01",  # a number of too many bits
    ],
)
def test_what_is_laid_out_in_another_way_is_unusual(field: bytes) -> None:
    with pytest.raises(UnusualError):
        decode([Request(1, repeated(field), WINDOW)])
