"""What the server does itself, recorded like what applications send, without the network."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from holdfast.errors import HoldfastError
from holdfast.observation.intake import Intake
from holdfast.observation.wire import TRACES
from holdfast.server.service import Service

LOG = logging.getLogger("holdfast.server")
EVERY_MS = 1_000


class ToIntake(SpanExporter):
    """Hands spans to our own intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            self._intake.accept(TRACES, encode_spans(spans).SerializeToString())
        except HoldfastError as error:
            LOG.warning("%d spans of the server itself are lost: %s", len(spans), error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def record_own(service: Service) -> TracerProvider:
    """A provider whose spans go to the service's intake; they are flushed when the service ends.

    A queue of 2,048 spans stands between, so that an answer never waits for it.
    """
    name = service.project.settings.project.name
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"holdfast {name}"}), shutdown_on_exit=False
    )
    processor = BatchSpanProcessor(ToIntake(service.intake), schedule_delay_millis=EVERY_MS)
    provider.add_span_processor(processor)
    service.closing.append(provider.shutdown)
    return provider


def trace_own(service: Service) -> None:
    """Record what this process does; once in its life."""
    trace.set_tracer_provider(record_own(service))
