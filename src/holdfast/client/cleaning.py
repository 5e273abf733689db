"""Spans without what must not leave the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import Attributes

from holdfast.privacy.content import PEOPLE, is_text, placeholder
from holdfast.privacy.redact import Redactor
from holdfast.settings import PrivacySettings


class Cleaning(SpanExporter):
    """Redacts spans, or takes their texts out, and hands them on.

    What cannot be cleaned raises and is not handed on. Runs in the thread that sends.
    """

    def __init__(self, exporter: SpanExporter, settings: PrivacySettings) -> None:
        self._exporter = exporter
        self._redactor = Redactor(settings)
        self._capture = settings.capture

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([self._clean(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _clean(self, span: ReadableSpan) -> ReadableSpan:
        status = span.status
        said = status.description
        return ReadableSpan(
            name=self._text(span.name),
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=self._attributes(span.attributes),
            events=[
                Event(self._text(one.name), self._attributes(one.attributes), one.timestamp)
                for one in span.events
            ],
            links=[Link(one.context, self._attributes(one.attributes)) for one in span.links],
            kind=span.kind,
            status=Status(status.status_code, self._said(said) if said else said),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _attributes(self, attributes: Mapping[str, Any] | None) -> Attributes:
        return {
            self._text(key): self._value(key, value) for key, value in (attributes or {}).items()
        }

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(self._value(key, inner) for inner in value)
        if key in PEOPLE and isinstance(value, str):
            return self._redactor.name(value)
        if not self._capture and isinstance(value, str) and is_text(key, value):
            return placeholder(value)
        return self._redactor.value(value)[0]

    def _said(self, text: str) -> str:
        return self._text(text) if self._capture else placeholder(text)

    def _text(self, text: str) -> str:
        return self._redactor.text(text)[0]
