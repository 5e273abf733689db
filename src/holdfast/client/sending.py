"""Spans on their way: a bounded queue, a thread that sends, and a count of what was dropped."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque

from opentelemetry import trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context, attach, detach, set_value
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from holdfast.client.cleaning import Cleaning
from holdfast.settings import client_privacy, endpoint, server_key

LOG = logging.getLogger("holdfast.client")
ROOM = 4_096
"""Spans that may wait; more are dropped and counted."""
TOGETHER = 512
EVERY_SECONDS = 1.0
EXIT_SECONDS = 5.0
"""How long a program that ends is held up, at most, to send what waits."""
TIMEOUT_SECONDS = 10.0


class Sending(SpanProcessor):
    """Takes ended spans without ever waiting, and sends them in a thread of its own.

    Where a span cannot be sent it is dropped and counted: the application comes first.
    """

    def __init__(self, exporter: SpanExporter, *, room: int = ROOM) -> None:
        self._exporter = exporter
        self._room = room
        self._waiting: deque[ReadableSpan] = deque()
        self._dropped = 0
        self._warned = False
        self._stopping = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.shutdown)

    @property
    def dropped(self) -> int:
        """Spans that were not sent, for want of room or of a server."""
        return self._dropped

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing: a span is of interest once it has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        with self._changed:
            if self._stopping or len(self._waiting) >= self._room:
                self._drop(1, "more spans than can be sent")
                return
            self._waiting.append(span)
            if len(self._waiting) >= TOGETHER:
                self._changed.notify()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits now; whether that was done in time."""
        until = time.monotonic() + timeout_millis / 1e3
        with self._changed:
            self._hurry = True
            self._changed.notify()
            return self._changed.wait_for(
                lambda: not self._waiting and not self._busy,
                timeout=max(0.0, until - time.monotonic()),
            )

    def shutdown(self) -> None:
        """Send what waits, as far as there is time, and stop."""
        if not self._stopping:
            self.force_flush(int(EXIT_SECONDS * 1e3))
            with self._changed:
                self._stopping = True
                self._drop(len(self._waiting), "the program ended")
                self._waiting.clear()
                self._changed.notify_all()

    def _begin(self) -> None:
        """Start the thread, also in a child that was forked: what waited is its parent's."""
        self._changed = threading.Condition()
        self._waiting.clear()
        self._busy = self._hurry = False
        self._thread = threading.Thread(target=self._work, name="holdfast-sending", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        changed = self._changed
        while not self._stopping:
            with changed:
                changed.wait_for(
                    lambda: self._stopping or self._hurry or len(self._waiting) >= TOGETHER,
                    timeout=EVERY_SECONDS,
                )
                count = min(TOGETHER, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                self._hurry = self._hurry and bool(self._waiting)
                self._busy = bool(batch)
                changed.notify_all()
            if batch:
                self._send(batch)
                with changed:
                    self._busy = False
                    changed.notify_all()

    def _send(self, batch: list[ReadableSpan]) -> None:
        # What sends must not be traced itself.
        token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        try:
            done = self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception as error:  # noqa: BLE001 - the application must not suffer
            self._drop(len(batch), f"{type(error).__name__}: {error}")
        else:
            if not done:
                self._drop(len(batch), "the server did not take them")
        finally:
            detach(token)

    def _drop(self, count: int, why: str) -> None:
        self._dropped += count
        if count and not self._warned:
            self._warned = True
            LOG.warning("spans for Holdfast are dropped (%s); this is said once", why)


_lock = threading.Lock()
_sending: Sending | None = None


def sending() -> Sending:
    """The one queue of this process; made, and put behind OpenTelemetry's tracers, at first use.

    An application that has set up OpenTelemetry keeps its own exporters; one that has not gets a
    tracer provider, so that instrumentors of libraries work too.
    """
    global _sending  # noqa: PLW0603 - one queue per process
    with _lock:
        if _sending is None:
            _sending = Sending(exporter())
            join(_sending)
        return _sending


def exporter() -> SpanExporter:
    """What sends to the server that the environment names, without what it says to take out."""
    key = server_key()
    made = OTLPSpanExporter(
        f"{endpoint()}/v1/traces",
        headers={"authorization": f"Bearer {key}"} if key else None,
        timeout=TIMEOUT_SECONDS,
        compression=Compression.Gzip,
    )
    privacy = client_privacy()
    return Cleaning(made, privacy) if privacy.redact or not privacy.capture else made


def join(processor: SpanProcessor) -> None:
    """Put a processor behind the tracers of this process."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(shutdown_on_exit=False)
        trace.set_tracer_provider(provider)
    provider.add_span_processor(processor)


def dropped() -> int:
    """How many spans of this process never reached Holdfast.

    >>> dropped()
    0
    """
    return _sending.dropped if _sending is not None else 0


def flush(seconds: float = 5.0) -> bool:
    """Send what waits; whether all was sent within so many seconds.

    A program that ends does this by itself; one that is frozen between requests (a function in the
    cloud) calls it at the end of each.
    """
    return _sending.force_flush(int(seconds * 1e3)) if _sending is not None else True
