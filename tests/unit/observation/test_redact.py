from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.inbox import MemoryInbox
from holdfast.observation.intake import Intake, Limits
from holdfast.observation.redact import COUNTED, Cleaner
from holdfast.settings import PrivacySettings

MAIL, CARD = "ann@mail.example", "4111 1111 1111 1111"
EVERYTHING = PrivacySettings(redact=("email", "phone", "card", "iban", "key"))
SPAN = {"trace_id": b"t" * 16, "span_id": b"s" * 8}


def put(attributes: Any, key: str, value: Any) -> None:
    made = attributes.add()
    made.key = key
    kind = {str: "string_value", int: "int_value", bytes: "bytes_value", float: "double_value"}
    setattr(made.value, kind[type(value)], value)


def read(attributes: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in attributes}


def traces() -> Any:
    """A body with something in every place of a span that can hold a text."""
    message = ExportTraceServiceRequest()
    of_resource = message.resource_spans.add()
    put(of_resource.resource.attributes, "service.name", f"shop of {MAIL}")
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name = MAIL
    put(of_scope.scope.attributes, "k", MAIL)
    span = of_scope.spans.add(**SPAN, name=f"GET /users/{MAIL}", trace_state=f"a={MAIL}")
    span.status.message = f"no {MAIL}"
    put(span.attributes, "input.value", f"I am {MAIL}, card {CARD}")
    put(span.attributes, "number", 4111111111111111)
    put(span.attributes, "raw", MAIL.encode())
    put(span.attributes, "binary", b"\xff\xfe")
    put(span.attributes, "tokens", 12)
    put(span.attributes, "cost", 0.5)
    put(span.attributes, f"of {MAIL}", "x")
    array = span.attributes.add()
    array.key = "list"
    array.value.array_value.values.add().string_value = MAIL
    pair = array.value.array_value.values.add().kvlist_value.values.add()
    pair.key, pair.value.string_value = MAIL, CARD
    put(span.events.add(name=MAIL).attributes, "exception.message", MAIL)
    put(span.links.add(**SPAN, trace_state=MAIL).attributes, "k", MAIL)
    of_scope.spans.add(**SPAN, name="clean")
    return message


def logs() -> Any:
    message = ExportLogsServiceRequest()
    record = message.resource_logs.add().scope_logs.add().log_records.add(event_name=MAIL)
    record.body.string_value = f"{MAIL} called"
    put(record.attributes, "k", MAIL)
    return message


def metrics() -> Any:
    message = ExportMetricsServiceRequest()
    metric = message.resource_metrics.add().scope_metrics.add().metrics.add(description=MAIL)
    point = metric.sum.data_points.add()
    put(point.attributes, "k", MAIL)
    put(point.exemplars.add().filtered_attributes, "k", CARD)
    return message


@pytest.mark.parametrize("made", [traces, logs, metrics])
def test_nothing_of_it_is_left_anywhere(made: Any) -> None:
    message = made()
    assert Cleaner(EVERYTHING).clean(made.__name__, message)
    left = message.SerializeToString()
    assert b"ann@" not in left
    assert b"4111" not in left
    assert not Cleaner(EVERYTHING).clean(made.__name__, message)


def test_the_rest_stays_and_spans_say_how_much_went() -> None:
    message = traces()
    Cleaner(EVERYTHING).clean("traces", message)
    first, second = message.resource_spans[0].scope_spans[0].spans
    found = read(first.attributes)
    assert first.name == "GET /users/[email]"
    assert found["input.value"] == "I am [email], card [card]"
    assert (found["tokens"], found["cost"], found["binary"]) == (12, 0.5, b"\xff\xfe")
    assert found[COUNTED] == 15
    assert read(second.attributes) == {}
    assert second.name == "clean"


@pytest.mark.parametrize("number", [4111111111111111, 10**12 - 1, 0, -1, -4111111111111111])
def test_only_a_number_that_may_be_one_of_a_card_is_looked_at(number: int) -> None:
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add(**SPAN)
    put(span.attributes, "number", number)
    cleaned = Cleaner(EVERYTHING).clean("traces", message)
    assert cleaned == (abs(number) == 4111111111111111)
    assert ("4111111111111111" in MessageToJson(message)) != cleaned or not cleaned


def test_only_what_is_asked_for_goes() -> None:
    message = traces()
    assert not Cleaner(PrivacySettings(redact=())).clean("traces", message)
    assert message == traces()
    assert Cleaner(PrivacySettings()).clean("traces", message)
    found = read(message.resource_spans[0].scope_spans[0].spans[0].attributes)
    assert found["input.value"] == f"I am {MAIL}, card [card]"


def test_people_are_called_by_names_that_do_not_tell() -> None:
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add(**SPAN)
    put(span.attributes, "user.id", MAIL)
    put(span.attributes, "session.id", "s-1")
    Cleaner(EVERYTHING).clean("traces", message)
    found = read(span.attributes)
    assert found["user.id"].startswith("email-")
    assert found["session.id"] == "s-1"


def test_without_capture_lengths_and_digests_stay() -> None:
    message = ExportTraceServiceRequest()
    of_resource = message.resource_spans.add()
    put(of_resource.resource.attributes, "os.description", "Linux of today")
    span = of_resource.scope_spans.add().spans.add(**SPAN, name="chat gpt-4o")
    put(span.attributes, "input.value", "Hi")
    put(span.attributes, "llm.input_messages.0.message.content", "Hi")
    put(span.attributes, "llm.input_messages.0.message.role", "user")
    put(span.attributes, "note", "call me back")
    put(span.attributes, "gen_ai.request.model", "gpt-4o")
    put(span.attributes, "user.id", "u-1")
    put(span.attributes, "gen_ai.usage.input_tokens", 3)
    assert Cleaner(PrivacySettings(capture=False)).clean("traces", message)
    found = read(span.attributes)
    assert found["input.value"].startswith("[not kept: 2 characters, sha256 ")
    assert found["llm.input_messages.0.message.content"] == found["input.value"]
    assert found["note"].startswith("[not kept: 12 characters")
    kept = ("gen_ai.request.model", "user.id", "llm.input_messages.0.message.role")
    assert [found[name] for name in kept] == ["gpt-4o", "u-1", "user"]
    assert found["gen_ai.usage.input_tokens"] == 3
    assert span.name == "chat gpt-4o"
    assert read(of_resource.resource.attributes) == {"os.description": "Linux of today"}


def test_without_capture_a_record_has_no_body() -> None:
    message = logs()
    Cleaner(PrivacySettings(capture=False)).clean("logs", message)
    record = message.resource_logs[0].scope_logs[0].log_records[0]
    assert record.body.string_value.startswith("[not kept: 23 characters")


@pytest.mark.parametrize("json", [False, True])
def test_what_is_durable_is_clean_and_known_when_it_comes_again(*, json: bool) -> None:
    clock = SettableClock()
    inbox = MemoryInbox(clock=clock)
    intake = Intake(inbox, limits=Limits(1 << 30, 90), clock=clock, cleaner=Cleaner(EVERYTHING))
    message = traces()
    now = clock.now() * 1_000
    for span in message.resource_spans[0].scope_spans[0].spans:
        span.start_time_unix_nano = span.end_time_unix_nano = now
    body = message.SerializeToString()
    if json:
        text = MessageToJson(message)
        body = (
            text.replace("dHR0dHR0dHR0dHR0dHR0dA==", "74" * 16)
            .replace("c3Nzc3Nzc3M=", "73" * 8)
            .encode()
        )
    for _ in range(2):
        assert intake.accept("traces", body, json=json).kept == 2
    intake.close()
    (held,) = inbox.take(limit=9, room=1 << 30)
    assert b"ann@" not in held.body.content
    assert b"4111" not in held.body.content
