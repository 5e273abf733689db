"""The web application."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio import move_on_after, to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from holdfast.domain.version import VERSION
from holdfast.errors import HoldfastError
from holdfast.project import Project
from holdfast.server import api, gateway, health
from holdfast.server.errors import install
from holdfast.server.gate import Gate
from holdfast.server.limits import Admission, BodyLimit
from holdfast.server.observe import Observe
from holdfast.server.otlp import routes as otlp
from holdfast.server.service import Service, serve_project

LOG = logging.getLogger("holdfast.server")
WARM_SECONDS = 10.0
"""How long the start waits for the deployed release; later requests find it loading."""
WAITING = 8
"""Requests that may wait, per thread."""


def create_app(project: Project, *, api_key: str = "") -> FastAPI:
    """The application that serves a project: OpenAI-compatible, REST, health, metrics.

    With an ``api_key`` every request but ``/healthz`` must bring it; without one, requests must
    be addressed to this machine. While the application runs, its worker brings queued documents
    in.
    """
    service = serve_project(project)
    limits = project.settings.server
    # The first is the outermost.
    app = routes(
        [
            Middleware(Observe, metrics=service.metrics),
            Middleware(Gate, api_key=api_key),
            Middleware(BodyLimit, megabytes=limits.max_body_megabytes),
            Middleware(Admission, most=limits.threads * (1 + WAITING)),
        ]
    )
    app.state.service = service
    return app


def routes(middleware: list[Middleware] | None = None) -> FastAPI:
    """The routes alone, enough to describe them (``routes().openapi()``)."""
    return application(
        middleware,
        routers=(
            health.router,
            health.ready,
            *gateway.ROUTERS,
            otlp.router,
            *api.ROUTERS,
        ),
        lifespan=_lifespan,
    )


def application(
    middleware: list[Middleware] | None,
    *,
    routers: Sequence[APIRouter],
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """An application with some of our routes."""
    app = FastAPI(
        title="Holdfast",
        version=VERSION,
        summary="Keeps an AI application behaving like itself.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=middleware,
        lifespan=lifespan,
        generate_unique_id_function=_name,
        # Our own spans say more, and the intake would be sent one of each request to it.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    for router in routers:
        app.include_router(router)
    install(app)
    return app


def _name(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    threads = service.project.settings.server.threads
    to_thread.current_default_thread_limiter().total_tokens = threads
    service.worker.start()
    service.sorting.start()
    service.watch.start()
    service.asking.start()
    service.shadowing.start()
    service.pulse.start()
    with move_on_after(WARM_SECONDS):
        await to_thread.run_sync(_warm, service, abandon_on_cancel=True)
    yield
    await to_thread.run_sync(service.pulse.stop)
    if service.streams:
        await asyncio.wait(service.streams)
    await to_thread.run_sync(service.shadowing.stop)
    await to_thread.run_sync(service.watch.stop)
    await to_thread.run_sync(service.asking.stop)
    await to_thread.run_sync(service.worker.stop)
    for close in service.closing:
        await to_thread.run_sync(close)
    await to_thread.run_sync(service.intake.close)
    await to_thread.run_sync(service.sorting.stop)


def _warm(service: Service) -> None:
    try:
        service.readiness.check()
    except HoldfastError as e:
        LOG.warning("not ready yet: %s", e)
    # What is loaded by now stays: looking through it took a collection a tenth of a second, with
    # a request waiting.
    gc.freeze()
