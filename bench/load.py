"""OTLP requests by the thousand, cheaply: one body is built, and its ids and times are replaced."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

QUESTION = "Can I return shoes that I wore once indoors, and who pays for sending them back? " * 3
ANSWER = "Shoes that you wore once indoors can be returned within thirty days. " * 3
MARK = 0x0102030405060708


class Template:
    """The bytes of a request of ``spans`` chat spans, eight to a trace."""

    def __init__(self, spans: int) -> None:
        request = ExportTraceServiceRequest()
        of_resource = request.resource_spans.add()
        pair = of_resource.resource.attributes.add()
        pair.key, pair.value.string_value = "service.name", "shop"
        of_scope = of_resource.scope_spans.add()
        of_scope.scope.name = "bench"
        ids = [secrets.token_bytes(8) for _ in range(spans)]
        marks = [secrets.token_bytes(16) for _ in range(spans)]
        for number in range(spans):
            span = of_scope.spans.add()
            span.trace_id, span.span_id = marks[number], ids[number]
            span.parent_span_id = ids[number - number % 8] if number % 8 else b""
            span.name, span.kind = "chat gpt", 3
            span.start_time_unix_nano = span.end_time_unix_nano = MARK
            _describe(span, number)
        content = request.SerializeToString()
        self._content = np.frombuffer(content, np.uint8).copy()
        self._traces = np.array([content.index(mark) for mark in marks])[:, None] + np.arange(16)
        needle = MARK.to_bytes(8, "little")
        places, start = [], content.find(needle)
        while start >= 0:
            places.append(start)
            start = content.find(needle, start + 1)
        self._starts = np.array(places[0::2])[:, None] + np.arange(8)
        self._ends = np.array(places[1::2])[:, None] + np.arange(8)
        self._group = np.arange(spans) // 8
        self.spans = spans
        self.bytes = len(content)

    def make(self, number: int, *, salt: int) -> bytes:
        """A request like no other; its traces begin with the salt and the number."""
        content = self._content.copy()
        ids = np.zeros((self.spans, 16), np.uint8)
        head = np.frombuffer(salt.to_bytes(4, "big") + number.to_bytes(6, "big"), np.uint8)
        ids[:, :10] = head
        ids[:, 10] = self._group >> 8
        ids[:, 11] = self._group & 255
        ids[:, 12] = 7
        content[self._traces] = ids
        now = time.time_ns()
        content[self._starts] = np.frombuffer(now.to_bytes(8, "little"), np.uint8)
        content[self._ends] = np.frombuffer((now + 700_000_000).to_bytes(8, "little"), np.uint8)
        return content.tobytes()


def _describe(span: object, number: int) -> None:
    texts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt",
        "gen_ai.conversation.id": f"session-{number % 50}",
        "gen_ai.input.messages": QUESTION,
        "gen_ai.output.messages": ANSWER,
        "app.tenant": f"tenant-{number % 7}",
    }
    for key, text in texts.items():
        pair = span.attributes.add()  # type: ignore[attr-defined]
        pair.key, pair.value.string_value = key, text
    for key, count in {"gen_ai.usage.input_tokens": 210, "gen_ai.usage.output_tokens": 55}.items():
        pair = span.attributes.add()  # type: ignore[attr-defined]
        pair.key, pair.value.int_value = key, count + number


@dataclass
class Sent:
    """What became of the requests of one phase."""

    acknowledged: int = 0
    refused: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0


class Sender:
    """Sends requests at a rate, whatever the server makes of it, over kept connections.

    A latency counts from the moment at which a request was due.
    """

    def __init__(self, url: str, template: Template, *, threads: int = 8, path: str = "") -> None:
        self._place = urlsplit(url).netloc
        self._path = path or "/v1/traces"
        self._template = template
        self._threads = threads
        self._lock = threading.Lock()

    def send(self, *, rate: float, seconds: float) -> Sent:
        """``rate`` spans a second for so long."""
        sent, salt = Sent(), secrets.randbits(31)
        every = self._template.spans / rate
        total = int(seconds / every)
        numbers = iter(range(total))
        began = time.perf_counter()

        def work() -> None:
            connection = http.client.HTTPConnection(self._place, timeout=60)
            while True:
                with self._lock:
                    number = next(numbers, None)
                if number is None:
                    break
                body = self._template.make(number, salt=salt)
                due = began + number * every
                time.sleep(max(0.0, due - time.perf_counter()))
                try:
                    connection.request(
                        "POST", self._path, body, {"content-type": "application/x-protobuf"}
                    )
                    reply = connection.getresponse()
                    reply.read()
                    status = reply.status
                except OSError:
                    connection.close()
                    status = 0
                took = time.perf_counter() - due
                with self._lock:
                    sent.latencies.append(took)
                    sent.acknowledged += status == 200
                    sent.refused += status in (429, 503)
                    sent.failed += status not in (200, 429, 503)
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(self._threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent.seconds = time.perf_counter() - began
        return sent
