"""An embedding endpoint on a real socket that counts what it is paid for.

Its vectors are those of the embedded embedder with fixed signs flipped: as good as they are, and
in a space where the others' are noise. A request under an idempotency key that it has answered
before is answered from its notes, and not counted again.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from holdfast.adapters.wordllama import WordLlamaEmbedder

EMBEDDER = WordLlamaEmbedder()


@dataclass
class Meter:
    """What was asked, and how the endpoint behaves. ``rate`` is in texts a second.

    ``model`` decides which signs are flipped: of each two models one's vectors are noise to the
    other's.
    """

    rate: float = 0.0
    dimensions: int = 256
    model: int = 7
    down: bool = False
    rows: Counter[str] = field(default_factory=Counter, repr=False)
    """Texts of chunks (they hold a line break) and how often each was paid for."""
    paid: int = 0
    """Texts of chunks paid for, counted as they come: to add up ``rows`` takes long."""
    twice: int = 0
    """Texts of chunks paid for more than once."""
    questions: int = 0
    replayed: int = 0
    """Texts that were answered from notes."""
    requests: int = 0

    def __post_init__(self) -> None:
        draws = np.random.default_rng(self.model).random(256)
        self.signs = np.where(draws < 0.5, -1.0, 1.0).astype(np.float32)
        self.notes: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.keys: dict[str, threading.Lock] = {}
        self.free = time.monotonic()

    def answer(self, texts: list[str], *, key: str) -> bytes:
        """The body of a reply."""
        with self.lock:
            self.requests += 1
            own = self.keys.setdefault(key, threading.Lock()) if key else threading.Lock()
        with own:
            if key in self.notes:
                with self.lock:
                    self.replayed += len(texts)
                return self.notes[key]
            self._pace(len(texts))
            vectors = (EMBEDDER.embed(texts) * self.signs)[:, : self.dimensions]
            rows = np.round(vectors, 5).tolist()
            data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(rows)]
            body = json.dumps({"object": "list", "data": data, "model": "m", "usage": {}}).encode()
            with self.lock:
                for text in texts:
                    if "\n" in text:
                        self.rows[text] += 1
                        self.paid += 1
                        self.twice += self.rows[text] == 2
                    else:
                        self.questions += 1
                if key and len(texts) > 1:
                    self.notes[key] = body
            return body

    def told(self) -> dict[str, int]:
        with self.lock:
            return {
                "rows": len(self.rows),
                "paid": self.paid,
                "twice": self.twice,
                "questions": self.questions,
                "replayed": self.replayed,
                "requests": self.requests,
            }

    def _pace(self, count: int) -> None:
        if not self.rate:
            return
        with self.lock:
            start = max(self.free, time.monotonic())
            self.free = start + count / self.rate
        time.sleep(max(0.0, self.free - time.monotonic()))


@contextmanager
def endpoint(meter: Meter, *, port: int = 0) -> Iterator[str]:
    """The ``base_url`` of a running endpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", "0"))
            asked: Any = json.loads(self.rfile.read(size) or b"null")
            if meter.down:
                self._send(503, b'{"error": {"message": "down"}}')
                return
            texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
            self._send(200, meter.answer(texts, key=self.headers.get("Idempotency-Key", "")))

        def do_GET(self) -> None:
            self._send(200, json.dumps(meter.told()).encode())

        def _send(self, status: int, body: bytes) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed is no error."""

    server = Server(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=float, default=0.0)
    given = options.parse_args()
    with endpoint(Meter(rate=given.rate)) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        threading.Event().wait()
