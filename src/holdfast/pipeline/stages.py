"""Timing of the pipeline's stages, as seconds and as OpenTelemetry spans."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode
from opentelemetry.util.types import AttributeValue

TRACER = trace.get_tracer("holdfast.pipeline")


class Stages:
    """Call it with a stage's name around the stage; a name that comes twice adds up.

    >>> stages = Stages()
    >>> with stages("embed"):
    ...     pass
    >>> list(stages.seconds())
    ['embed', 'total']
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._span = TRACER.start_span("holdfast.ask")
        self._below = trace.set_span_in_context(self._span)
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with TRACER.start_as_current_span(f"holdfast.{name}", context=self._below):
                yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

    def finish(self, attributes: Mapping[str, AttributeValue | None], *, error: str = "") -> None:
        """End the span that all stages stand below; what has no value is left out."""
        known = {name: v for name, v in attributes.items() if v is not None and v != ""}
        self._span.set_attributes(known)
        if error:
            self._span.set_status(Status(StatusCode.ERROR, error))
        self._span.end()

    def seconds(self) -> dict[str, float]:
        """Seconds per stage so far, and ``total`` since the beginning."""
        total = time.perf_counter() - self._started
        return {name: round(s, 6) for name, s in (*self._seconds.items(), ("total", total))}
