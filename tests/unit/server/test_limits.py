"""Counting what comes in, on the bare protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from holdfast.server.limits import Admission, BodyLimit

MEGABYTE = 1 << 20


def scope(path: str = "/api/v1/ask", **headers: str) -> dict[str, Any]:
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return {"type": "http", "path": path, "method": "POST", "headers": pairs}


class Exchange:
    """A request of some pieces, and the replies to it."""

    def __init__(self, pieces: Iterable[bytes] = ()) -> None:
        self.pieces = list(pieces)
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        body = self.pieces.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.pieces)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]


async def read_all(_: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "size": size})


@pytest.mark.parametrize(("size", "fits"), [(MEGABYTE, True), (MEGABYTE + 1, False)])
def test_the_limit_is_exact_whatever_the_pieces(size: int, *, fits: bool) -> None:
    app = BodyLimit(read_all, megabytes=1)
    half = size // 2
    exchange = Exchange([b"x" * half, b"x" * (size - half)])
    if fits:
        asyncio.run(app(scope(), exchange.receive, exchange.send))
        assert exchange.sent[0]["size"] == size
    else:
        with pytest.raises(HTTPException) as caught:
            asyncio.run(app(scope(), exchange.receive, exchange.send))
        assert caught.value.status_code == 413


def test_an_announced_body_is_refused_before_it_is_read() -> None:
    app = BodyLimit(read_all, megabytes=1)
    exchange = Exchange()
    asyncio.run(app(scope(content_length=str(MEGABYTE + 1)), exchange.receive, exchange.send))
    assert exchange.status == 413


def test_requests_beyond_the_most_are_refused_until_one_leaves() -> None:
    async def play() -> list[int]:
        leave = asyncio.Event()

        async def wait(_: Any, __: Any, send: Any) -> None:
            await leave.wait()
            await send({"type": "http.response.start", "status": 200})

        app = Admission(wait, most=2)
        exchanges = [Exchange() for _ in range(5)]
        waiting = [
            asyncio.create_task(app(scope(), exchange.receive, exchange.send))
            for exchange in exchanges[:3]
        ]
        await asyncio.sleep(0)
        probe = asyncio.create_task(app(scope("/readyz"), exchanges[3].receive, exchanges[3].send))
        leave.set()
        await asyncio.gather(*waiting, probe)
        await app(scope(), exchanges[4].receive, exchanges[4].send)
        return [exchange.status for exchange in exchanges]

    assert asyncio.run(play()) == [200, 200, 503, 200, 200]


def test_a_request_that_fails_leaves_too() -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError

    app = Admission(fail, most=1)
    for _ in range(3):
        exchange = Exchange()
        with pytest.raises(RuntimeError):
            asyncio.run(app(scope(), exchange.receive, exchange.send))
