"""What the routes work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from holdfast.observation.intake import Intake
from holdfast.operations.watch.processes import SERVE
from holdfast.operations.watch.traces import Traces
from holdfast.project import Project
from holdfast.server.asking import Asking
from holdfast.server.backlog import Backlog
from holdfast.server.metrics import Metrics
from holdfast.server.pulse import Pulse
from holdfast.server.readiness import Readiness
from holdfast.server.shadowing import Shadowing
from holdfast.server.supervisor import Supervisor
from holdfast.server.watch import Watch
from holdfast.server.worker import Worker

P = ParamSpec("P")
T = TypeVar("T")

PROBES = 2
"""Threads that are kept for /readyz and /metrics, so that a busy server still answers them."""
QUESTIONS = 2
"""Questions in SQL that are worked on at once: each may take half a gigabyte."""


@dataclass(slots=True)
class Service:
    """A project with what the server keeps beside it; one per app."""

    project: Project
    metrics: Metrics
    backlog: Backlog
    readiness: Readiness
    worker: Worker
    watch: Watch
    asking: Asking
    shadowing: Shadowing
    probes: CapacityLimiter
    intake: Intake
    sorting: Supervisor
    pulse: Pulse
    questions: CapacityLimiter
    streams: set[asyncio.Task[None]] = field(default_factory=set)
    """Streamed answers that are still worked on, also when nobody listens any more."""
    closing: list[Callable[[], None]] = field(default_factory=list)
    """What is done before the intake closes."""
    in_flight: int = 0
    """Bytes of telemetry that are being received."""

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in one of the threads for requests."""
        return await to_thread.run_sync(partial(work, *args, **kwargs))

    async def probe(self, work: Callable[[], T]) -> T:
        """Do something in one of the threads for probes."""
        return await to_thread.run_sync(work, limiter=self.probes)


def serve_project(project: Project, *, kind: str = SERVE) -> Service:
    """The service of a project; its worker is not started yet."""
    backlog = Backlog(project)
    watch = Watch(project)
    traces = Traces(project.system)
    sorting = Supervisor(project.system.root)
    intake = traces.intake(sorting.wake)
    metrics = Metrics(project, backlog, intake=intake, watch=watch, sorting=sorting)
    return Service(
        project,
        metrics,
        backlog,
        Readiness(project),
        Worker(project, backlog),
        watch,
        Asking(project),
        Shadowing(project),
        CapacityLimiter(PROBES),
        intake,
        sorting,
        Pulse(project, kind=kind, sorting=lambda: sorting.pid, answers=lambda: metrics.answers),
        CapacityLimiter(QUESTIONS),
    )


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _project(request: Request) -> Project:
    return (await _service(request)).project


Served = Annotated[Service, Depends(_service)]
Opened = Annotated[Project, Depends(_project)]
