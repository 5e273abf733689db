"""Releases on their way in: canary, shadow, schedule; and freezes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from holdfast.domain.rollout import Canary, Schedule, Shadow
from holdfast.operations import freeze as freezing
from holdfast.operations.deploy import Order
from holdfast.operations.freeze import Frozen
from holdfast.operations.rollout import rollouts
from holdfast.operations.rollout.canary import Canaries, Started
from holdfast.operations.rollout.schedule import Scheduled, schedule
from holdfast.operations.rollout.shadow import Shadowed, Shadows
from holdfast.server.api.fields import DryRun, Environment, Id, Reason
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened

router = rest_router("rollouts")

Time = Annotated[
    str, Field(min_length=1, max_length=64, description="A timestamp, or from now on 30m, 6h, 2d.")
]
Share = Annotated[float, Field(gt=0, le=1)]


class RolloutBody(Body):
    """Which release, and where: a stored one by its digest, or the folder's."""

    release: Id | None = None
    environment: Environment = None
    reason: Reason = ""
    force: bool = False
    """Although its gate did not pass or the environment is frozen; needs a reason."""
    dry_run: DryRun = False

    def order(self) -> Order:
        return Order(self.reason, self.dry_run, self.force)


class CanaryBody(RolloutBody):
    """A candidate and the share of conversations that it answers."""

    share: Annotated[float, Field(gt=0, lt=1)]


class ShadowBody(RolloutBody):
    """A candidate and the share of questions that it is asked, too."""

    share: Share = 1.0


class ScheduleBody(RolloutBody):
    """A release and when it shall answer."""

    at: Time


class PromoteBody(Body):
    """Why the candidate is deployed whatever the test says."""

    environment: Environment = None
    reason: Reason = ""
    force: bool = False
    """Although the environment is frozen or the gate did not pass; needs a reason."""


class AbortBody(Body):
    """What ends: ``canary``, ``shadow``, or the id of a scheduled deployment."""

    what: Id = rollouts.CANARY
    environment: Environment = None
    reason: Reason = ""


class FreezeBody(Body):
    """Why, and until when; without ``until`` until it is lifted."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
    until: Time | None = None
    environment: Environment = None
    dry_run: DryRun = False


class UnfreezeBody(Body):
    """Which environment, and why."""

    environment: Environment = None
    reason: Reason = ""


@router.get("/rollouts")
def read_rollouts(project: Opened, environment: Environment = None) -> rollouts.Rollouts:
    """How canary and shadow do, what is scheduled, and whether all is frozen."""
    name = environment or project.environment
    return rollouts.status(project.system, name, runtimes=project.runtime)


@router.post("/canary", status_code=201)
def start_canary(body: CanaryBody, project: Opened) -> Started:
    """Let a candidate answer a share; again, with another share, changes it."""
    room = Canaries(project.system)
    name = body.environment or project.environment
    return room.start(name, share=body.share, release=body.release, order=body.order())


@router.post("/canary/promote")
def promote_canary(body: PromoteBody, project: Opened) -> Canary:
    """Deploy the candidate now, whatever the test says."""
    room = Canaries(project.system)
    name = body.environment or project.environment
    return room.promote(name, reason=body.reason, force=body.force)


@router.post("/shadow", status_code=201)
def start_shadow(body: ShadowBody, project: Opened) -> Shadowed:
    """Ask a candidate, too; its answers are compared and never served."""
    room = Shadows(project.system, project.runtime)
    name = body.environment or project.environment
    return room.start(name, share=body.share, release=body.release, order=body.order())


@router.post("/schedule", status_code=201)
def schedule_deployment(body: ScheduleBody, project: Opened) -> Scheduled:
    """Deploy a release at a time to come."""
    name = body.environment or project.environment
    return schedule(project.system, name, at=body.at, release=body.release, order=body.order())


@router.post("/rollouts/abort")
def abort_rollout(body: AbortBody, project: Opened) -> Canary | Shadow | Schedule:
    """End the canary or the shadow, or call a scheduled deployment off."""
    return rollouts.abort(
        project.system,
        body.environment or project.environment,
        name=body.what,
        runtimes=project.runtime,
        reason=body.reason,
    )


@router.post("/freeze")
def freeze(body: FreezeBody, project: Opened) -> Frozen:
    """Refuse deployments and documents until a time, or until it is lifted."""
    name = body.environment or project.environment
    return freezing.freeze(
        project.system, name, reason=body.reason, until=body.until or "", dry_run=body.dry_run
    )


@router.post("/unfreeze")
def unfreeze(body: UnfreezeBody, project: Opened) -> Frozen:
    """Lift a freeze."""
    name = body.environment or project.environment
    return freezing.unfreeze(project.system, name, reason=body.reason)
