"""Take telemetry in, and nothing else: OTLP over HTTP and gRPC."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware

from holdfast.operations.watch.processes import COLLECT
from holdfast.project import Project
from holdfast.server import health
from holdfast.server.app import WAITING, application
from holdfast.server.gate import Gate
from holdfast.server.limits import Admission, BodyLimit
from holdfast.server.observe import Observe
from holdfast.server.otlp import routes
from holdfast.server.otlp.rpc import serve_rpc
from holdfast.server.serve import Server, address, key_for, listen, place
from holdfast.server.service import Service, serve_project


def create_collector(project: Project, *, api_key: str = "") -> FastAPI:
    """The application of ``holdfast collect``: telemetry, health and metrics."""
    service = serve_project(project, kind=COLLECT)
    limits = project.settings.server
    app = application(
        [
            Middleware(Observe, metrics=service.metrics),
            Middleware(Gate, api_key=api_key),
            Middleware(BodyLimit, megabytes=limits.max_body_megabytes),
            Middleware(Admission, most=limits.threads * (1 + WAITING)),
        ],
        routers=(health.router, routes.router),
        lifespan=_lifespan,
    )
    app.state.service = service
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    to_thread.current_default_thread_limiter().total_tokens = (
        service.project.settings.server.threads
    )
    service.sorting.start()
    service.pulse.start()
    yield
    await to_thread.run_sync(service.pulse.stop)
    await to_thread.run_sync(service.intake.close)
    await to_thread.run_sync(service.sorting.stop)


def collect(project: Project, *, host: str, http_port: int, grpc_port: int) -> None:
    """Take telemetry in until SIGTERM or SIGINT; what was acknowledged is sorted first.

    Ports of 0 pick free ones. Prints one line with the addresses. Raises ``SettingsError``.
    """
    key = key_for(host)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with closing(listen(host, http_port)) as listener:
        app = create_collector(project, api_key=key)
        service: Service = app.state.service
        with serve_rpc(service, host=host, port=grpc_port, api_key=key) as bound:
            name = project.settings.project.name
            line = f"Holdfast collects for {name!r} at {address(listener)} and gRPC"
            server = Server(app, line=f"{line} {place(host, bound)} (Ctrl-C stops it)")
            asyncio.run(server.serve(sockets=[listener]))
