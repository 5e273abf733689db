"""Timing of the pipeline's stages, as seconds and as OpenTelemetry spans."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

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
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with TRACER.start_as_current_span(f"holdfast.{name}"):
                yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

    def seconds(self) -> dict[str, float]:
        """Seconds per stage so far, and ``total`` since the beginning."""
        total = time.perf_counter() - self._started
        return {name: round(s, 6) for name, s in (*self._seconds.items(), ("total", total))}
