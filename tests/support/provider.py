"""A model provider that answers as a script says, on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer: ``parts`` are sent one after the other, each after ``pause`` seconds.

    ``cut`` closes the connection without ending the body.
    """

    status: int = 200
    parts: tuple[bytes, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    wait: float = 0.0
    pause: float = 0.0
    cut: bool = False


@dataclass(frozen=True)
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: Any


class ScriptedProvider:
    """Gives its replies in order, the last one again and again, and remembers what was asked.

    A reply may be a function of the request.
    """

    def __init__(self, *replies: Reply | Callable[[Request], Reply]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def next(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        return reply if isinstance(reply, Reply) else reply(request)


@contextmanager
def serving(
    *replies: Reply | Callable[[Request], Reply],
) -> Iterator[tuple[str, ScriptedProvider]]:
    """A running provider and the ``base_url`` it answers at."""
    provider = ScriptedProvider(*replies)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", "0"))
            body = json.loads(self.rfile.read(size) or b"null")
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = provider.next(Request(self.path, headers, body))
            self.close_connection = True
            with suppress(BrokenPipeError, ConnectionResetError):
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            provider.stopping.wait(reply.wait)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for part in reply.parts:
                provider.stopping.wait(reply.pause)
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                self.wfile.flush()
            if not reply.cut:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", provider
    finally:
        provider.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(text: str | None, **changes: Any) -> Reply:
    """A whole chat completion."""
    return Reply(parts=(json.dumps(completion(text) | changes).encode(),))


def completion(text: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "tiny-2026",
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 3,
            "total_tokens": 23,
            "prompt_tokens_details": {"cached_tokens": 8},
        },
    }


def streamed(*pieces: str, finish: str | None = "stop", usage: bool = True) -> tuple[bytes, ...]:
    """The events of a streamed chat completion."""
    base = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-2026"}
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in pieces
    ]
    if finish:
        choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    events: list[dict[str, Any]] = [
        {**base, "system_fingerprint": "fp_1", "choices": [choice]} for choice in choices
    ]
    if usage:
        counted = {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}
        events.append({**base, "choices": [], "usage": counted})
    return tuple(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def stream(*parts: bytes, done: bool = True, **changes: Any) -> Reply:
    """A reply of server-sent events."""
    end = (b"data: [DONE]\n\n",) if done else ()
    return Reply(parts=(*parts, *end), content_type="text/event-stream", **changes)


def error(status: int, message: str, *, code: str = "", **headers: str) -> Reply:
    """An error as OpenAI words it."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code or None}}
    return Reply(
        status=status,
        parts=(json.dumps(body).encode(),),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def verdict(said: str, reason: str = "As the passage says.", **changes: Any) -> Reply:
    """A judge's reply in the form that it is asked for."""
    return answer(json.dumps({"reason": reason, "verdict": said}), **changes)


def vectors(*rows: list[float]) -> Reply:
    """A reply of embeddings."""
    data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
    body = {"object": "list", "data": data, "model": "tiny", "usage": {}}
    return Reply(parts=(json.dumps(body).encode(),))
