"""Run the server in this process until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import uvicorn
from fastapi import FastAPI

from holdfast.errors import SettingsError
from holdfast.project import Project
from holdfast.server.app import create_app
from holdfast.server.gate import is_loopback
from holdfast.server.own import trace_own
from holdfast.server.supervisor import Supervisor
from holdfast.settings import server_key

GRACE_SECONDS = 30
"""How long running requests may take to finish once the server is told to stop."""
BACKLOG = 512


def serve(project: Project, *, host: str, port: int, grpc_port: int | None = None) -> None:
    """Answer over HTTP until SIGTERM or SIGINT; requests under way are finished first.

    Ports of 0 pick free ones; with a ``grpc_port``, OTLP comes in by gRPC too. Prints one line
    with the addresses when connections are accepted.
    Raises ``SettingsError`` for an address that cannot be listened on, and for one that other
    machines could reach while there is no API key (``HOLDFAST_API_KEY``).
    """
    key = key_for(host)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with closing(listen(host, port)) as listener, ExitStack() as more:
        app = create_app(project, api_key=key)
        trace_own(app.state.service)
        line = f"Holdfast serves {project.settings.project.name!r} at {address(listener)}"
        if grpc_port is not None:
            from holdfast.server.otlp.rpc import serve_rpc

            bound = serve_rpc(app.state.service, host=host, port=grpc_port, api_key=key)
            line += f" and gRPC {place(host, more.enter_context(bound))}"
        server = Server(app, line=f"{line} (Ctrl-C stops it)")
        asyncio.run(server.serve(sockets=[listener]))


class Server(uvicorn.Server):
    """Uvicorn, but it says when it is ready, and a signal ends ``serve`` and not the process.

    Uvicorn raises the signal again after its own shutdown, which would end the process before the
    project is closed.
    """

    def __init__(self, app: FastAPI, *, line: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._line = line
        self._sorting: Supervisor = app.state.service.sorting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Not before: it has as much to load as this process, which is in a hurry until here.
        self._sorting.wake()
        sys.stdout.write(f"{self._line}\n")
        sys.stdout.flush()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def key_for(host: str) -> str:
    """The key that clients must send, empty for none. Raises ``SettingsError`` if one is needed."""
    key = server_key()
    if not key and not is_loopback(host):
        raise SettingsError(
            f"host {host!r} can be reached from other machines; set HOLDFAST_API_KEY to a key that "
            "clients must send, or listen on 127.0.0.1"
        )
    return key


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on an address. Raises ``SettingsError``."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        # Without it a restart would have to wait for old connections to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as e:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {e.strerror or e}; choose another with --host or "
            "--port"
        ) from e
    return listener


def place(host: str, port: int) -> str:
    """Host and port as one word.

    >>> place("::1", 4317)
    '[::1]:4317'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{place(host, port)}"
