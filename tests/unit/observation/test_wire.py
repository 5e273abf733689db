"""Bodies of spans are told good at once, by the same rules as one by one."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.observation.wire import (
    ATTRIBUTES,
    LATEST,
    NAME,
    TRACES,
    Checked,
    Window,
    check,
    span_problem,
)

WINDOW = Window(1_000, 2_000, 3_000)
GOOD: dict[str, Any] = {
    "trace_id": b"t" * 16, "span_id": b"s" * 8, "start_time_unix_nano": 1_000,
    "end_time_unix_nano": 2_000, "name": "chat",
}  # fmt: skip


def body(**changes: Any) -> Any:
    """A good span, one with changes, and another good one."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for more in ({}, changes, {"parent_span_id": b"p" * 8}):
        spans.add(**GOOD | more)
    return message


@pytest.mark.parametrize(
    "changes",
    [
        {"trace_id": b"t" * 15}, {"trace_id": bytes(16)}, {"span_id": b""}, {"span_id": bytes(8)},
        {"parent_span_id": b"p"}, {"start_time_unix_nano": 999}, {"start_time_unix_nano": 3_001},
        {"end_time_unix_nano": LATEST + 1}, {"name": "n" * (NAME + 1)},
        {"attributes": [{"key": "k"}] * (ATTRIBUTES + 1)}, {"events": [{}] * (ATTRIBUTES + 1)},
        {"links": [{}] * (ATTRIBUTES + 1)},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_one_bad_span_is_told_and_the_others_are_kept(changes: dict[str, Any]) -> None:
    message = body(**changes)
    found = check(TRACES, message, window=WINDOW)
    wrong = message.resource_spans[0].scope_spans[0].spans[1]
    assert found == Checked(2, 1, (span_problem(wrong, window=WINDOW),))
    assert found.problems[0]


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"start_time_unix_nano": 3_000}, {"end_time_unix_nano": LATEST}, {"name": "n" * NAME},
        {"attributes": [{"key": "k"}] * ATTRIBUTES}, {"parent_span_id": b"p" * 8},
    ],
)  # fmt: skip
def test_good_spans_are_kept_to_the_last_bound(changes: dict[str, Any]) -> None:
    assert check(TRACES, body(**changes), window=WINDOW) == Checked(3, 0, ())


def test_a_body_without_spans_holds_nothing() -> None:
    assert check(TRACES, ExportTraceServiceRequest(), window=WINDOW) == Checked(0, 0, ())
