from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from holdfast.client.sending import Sending, dropped, flush


class Exporter(SpanExporter):
    """Keeps names, and waits or fails when told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.result = SpanExportResult.SUCCESS
        self.error: Exception | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.go.wait(60)
        if self.error is not None:
            raise self.error
        if self.result is SpanExportResult.SUCCESS:
            self.names += [span.name for span in spans]
        return self.result


def spans(sending: Sending, count: int) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(sending)
    tracer = provider.get_tracer("test")
    for number in range(count):
        tracer.start_span(str(number)).end()


def test_what_ended_is_sent_in_order() -> None:
    exporter = Exporter()
    sending = Sending(exporter)
    spans(sending, 1_200)
    assert sending.force_flush(60_000)
    assert exporter.names == [str(n) for n in range(1_200)]
    assert sending.dropped == 0


def test_a_server_that_hangs_holds_nobody_up_and_what_has_no_room_is_counted() -> None:
    exporter = Exporter()
    exporter.go.clear()
    sending = Sending(exporter, room=10)
    spans(sending, 100)
    assert 80 <= sending.dropped <= 90
    assert not sending.force_flush(10)
    exporter.go.set()
    assert sending.force_flush(60_000)
    assert len(exporter.names) + sending.dropped == 100


@pytest.mark.parametrize("error", [None, OSError("gone")])
def test_what_cannot_be_sent_is_counted(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = Exporter()
    exporter.error, exporter.result = error, SpanExportResult.FAILURE
    sending = Sending(exporter)
    for _ in range(2):
        spans(sending, 3)
        sending.force_flush(60_000)
    assert sending.dropped == 6
    assert [record.message for record in caplog.records if "dropped" in record.message][1:] == []


def test_after_the_end_nothing_is_taken() -> None:
    exporter = Exporter()
    sending = Sending(exporter)
    spans(sending, 3)
    sending.shutdown()
    spans(sending, 2)
    assert len(exporter.names) == 3
    assert sending.dropped == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_sends_its_own() -> None:
    exporter = Exporter()
    exporter.go.clear()
    sending = Sending(exporter)
    spans(sending, 2)
    exporter.go.set()
    sending._begin()  # what fork does in the child
    spans(sending, 1)
    assert sending.force_flush(60_000)
    assert exporter.names.count("0") >= 1


def test_without_a_decision_there_is_nothing_to_flush() -> None:
    assert flush()
    assert dropped() == 0
