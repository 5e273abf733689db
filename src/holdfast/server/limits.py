"""How much is let in: the size of a body, and the number of requests."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.server.errors import RETRY_SECONDS, Problem

UNCOUNTED = ("/healthz", "/readyz", "/metrics")
"""Paths that are answered however busy the server is."""


class BodyLimit:
    """Refuses a request body above ``megabytes`` with 413, also one that came in chunks."""

    def __init__(self, app: ASGIApp, *, megabytes: int) -> None:
        self._app = app
        self._bytes = megabytes << 20
        self._message = f"the request's body is larger than {megabytes} MB; send less at once"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._bytes:
            found = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "limit", self._message)
            await found.response(scope["path"])(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._message)
            return message

        await self._app(scope, limited, send)


class Admission:
    """Refuses requests with 503 while ``most`` of them are worked on or wait for a thread."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNCOUNTED:
            await self._app(scope, receive, send)
            return
        if self._inside >= self._most:
            found = Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                f"{self._inside} requests are waiting already; try again in {RETRY_SECONDS} s",
                headers={"retry-after": str(RETRY_SECONDS)},
            )
            await found.response(scope["path"])(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
