"""Moving in time: rollback, fork, environments, snapshots, clean-up."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from holdfast.domain.event import Move, Snapshot
from holdfast.domain.moment import Head
from holdfast.errors import StateError
from holdfast.operations.retention.clean import Cleaning
from holdfast.operations.retention.retained import Retained, retained
from holdfast.operations.rollback import Plan, Rollback
from holdfast.project import Project
from holdfast.server.api.fields import At, DryRun, Environment, Moment, Name, Reason
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened, Served

router = rest_router("time")


class RollbackBody(Body):
    """Where to go back to. A second request with the same ``operation`` changes nothing."""

    to: Moment
    environment: Environment = None
    reason: Reason = ""
    arrivals: Literal["leave", "requeue", "quarantine"] = "leave"
    """What becomes of documents that came in after the moment."""
    operation: str = Field(default="", max_length=128)
    dry_run: DryRun = False


class ForkBody(Body):
    """An environment to copy, and the new one's name."""

    source: Name
    name: Name
    at: At = None
    reason: Reason = ""


class SnapshotBody(Body):
    """A name for a moment."""

    name: Name
    environment: Environment = None
    at: At = None
    reason: Reason = ""


class CleanBody(Body):
    """Whether to clean up, or only to say what would go."""

    dry_run: DryRun = False


class EnvironmentReply(BaseModel):
    """An environment, where it is, and the timelines it has headed."""

    environment: str
    timeline: int
    tick: int
    release: str | None
    """The release that answers, null if there is none."""
    moves: list[Move]


@router.post("/rollback")
def roll_back(body: RollbackBody, service: Served) -> Rollback | Plan:
    """Take everything back to a moment, in one transaction; with ``dry_run`` a plan."""
    project = service.project
    if body.dry_run:
        return project.plan_rollback(body.to, environment=body.environment)
    done = project.rollback(
        body.to,
        environment=body.environment,
        reason=body.reason,
        arrivals=body.arrivals,
        operation=body.operation,
    )
    service.worker.wake()
    return done


@router.post("/fork", status_code=201)
def fork(body: ForkBody, project: Opened) -> EnvironmentReply:
    """Make an environment that starts as a full copy of another; copies nothing."""
    project.fork(body.source, body.name, at=body.at, reason=body.reason)
    return _environment(project, project.head(body.name))


@router.get("/environments")
def list_environments(project: Opened) -> list[EnvironmentReply]:
    """All environments, by name."""
    return [_environment(project, head) for _, head in sorted(project.environments().items())]


@router.get("/snapshots")
def list_snapshots(project: Opened) -> list[Snapshot]:
    """All named moments."""
    return project.snapshots()


@router.post("/snapshots", status_code=201)
def add_snapshot(body: SnapshotBody, project: Opened) -> Snapshot:
    """Name a moment; it stays readable."""
    return project.snapshot(body.name, environment=body.environment, at=body.at, reason=body.reason)


@router.post("/clean")
def clean(body: CleanBody, project: Opened) -> Cleaning:
    """Collect what no event of any timeline refers to."""
    return project.clean(dry_run=body.dry_run)


@router.get("/retention")
def read_retention(project: Opened) -> Retained:
    """What is kept how long, what is held by whom, and what a clean-up would free."""
    return retained(project.system)


def _environment(project: Project, head: Head) -> EnvironmentReply:
    try:
        release = project.deployed(environment=head.environment, at=str(head.cut))
    except StateError:
        release = None
    return EnvironmentReply(
        environment=head.environment,
        timeline=head.timeline,
        tick=head.tick,
        release=release,
        moves=project.moves(head.environment),
    )
