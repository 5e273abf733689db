"""Measure every request, and reply 500 to what nobody expected."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.server.errors import INTERNAL
from holdfast.server.metrics import Metrics

LOG = logging.getLogger("holdfast.server")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED, OTHER = "unmatched", "other"
"""Labels for paths that are no route and methods that are none: a client cannot add more."""

LEAVING = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
"""Not errors: the client or the server goes away."""
GONE = 499
"""The status that stands for a client which left before there was one."""


class Observe:
    """The outermost layer: counts, times, and hides tracebacks in the log."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except LEAVING:
            raise
        except BaseException:  # also panics of libraries in Rust
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            if status:
                # Half a reply cannot be mended: the server must cut the connection.
                raise
            await INTERNAL.response(scope["path"])(scope, receive, watched)
        finally:
            self._metrics.requested(
                _route(scope),
                scope["method"] if scope["method"] in METHODS else OTHER,
                status=status or GONE,
                seconds=time.perf_counter() - started,
            )


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else UNMATCHED
