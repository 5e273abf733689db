"""What was behind an answer, what it leads to, and taking it back."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from holdfast.domain.moment import Cut
from holdfast.operations.recover.again import Again
from holdfast.operations.recover.bisect import Bisection
from holdfast.operations.recover.lineage import Node
from holdfast.operations.recover.recover import Loss, Recovered
from holdfast.operations.recover.recoveries import Asked, Recoveries
from holdfast.server.api.fields import (
    MAX_PATH,
    MAX_TEXT,
    At,
    DryRun,
    Environment,
    Moment,
    Name,
    Reason,
)
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened, Served

router = rest_router("recovering")

CauseName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_PATH,
        description="A document's path or digest, a decision, a release, an event (@12.0), a "
        "change (@12) or a span (MOMENT..MOMENT).",
    ),
]


class RecoverBody(Body):
    """What went wrong, and how to take it back."""

    causes: list[CauseName] = Field(min_length=1, max_length=100)
    environment: Environment = None
    threshold: float | None = Field(default=None, gt=0, le=1)
    """From what strength on something rests on a cause; default: the settings'."""
    arrivals: Literal["leave", "requeue", "quarantine"] = "quarantine"
    """What becomes of the documents that go."""
    reason: Reason = ""
    operation: str = Field(default="", max_length=128)
    suite: Name | None = None
    """Suite to ask again; default: the settings'."""
    yes: bool = False
    """Take back more than ``recover.share``."""
    dry_run: DryRun = False


class RecoverReply(BaseModel):
    """What was taken back (on a dry run: would be), and the questions that were asked again."""

    environment: str
    before: Cut
    loss: Loss
    done: Recovered | None = None
    again: Again | None = None


class BisectBody(Body):
    """Between which moments, and what tells good from bad."""

    good: Moment
    bad: Moment = "head"
    environment: Environment = None
    suite: Name | None = None
    """Default: the settings'; none with a ``question``."""
    question: str = Field(default="", max_length=MAX_TEXT)
    expect: list[str] = Field(default=[], max_length=20)
    """What a good answer to the question says."""
    forbid: list[str] = Field(default=[], max_length=20)
    run: str = Field(default="", max_length=100)
    """Name of the search; one that is there goes on."""


class LineageReply(BaseModel):
    """Both directions from one thing."""

    name: str
    up: list[Node]
    down: list[Node]


@router.post("/recover")
def take_back(body: RecoverBody, service: Served) -> RecoverReply:
    """Take causes back with everything that rests on them; with ``dry_run`` only counts."""
    project = service.project
    room = Recoveries(project.system, project.runtime)
    suite = room.suite(body.suite or "")
    if body.dry_run:
        plan = room.plan(body.causes, threshold=body.threshold, environment=body.environment)
        return RecoverReply(environment=plan.environment, before=plan.before, loss=plan.loss)
    order = replace(
        room.order(threshold=body.threshold, yes=body.yes),
        arrivals=body.arrivals,
        reason=body.reason,
        operation=body.operation,
    )
    done = room.recover(body.causes, order=order, environment=body.environment)
    service.worker.wake()
    again = room.again(done, suite) if suite is not None else None
    return RecoverReply(
        environment=done.environment, before=done.before, loss=done.loss, done=done, again=again
    )


@router.post("/bisect")
def find_change(body: BisectBody, project: Opened) -> Bisection:
    """The document, feedback or release that changed answers between two moments.

    Takes as long as its questions take; sent again with the same ``run`` it goes on.
    """
    room = Recoveries(project.system, project.runtime)
    asked = Asked(body.suite or "", body.question, tuple(body.expect), tuple(body.forbid))
    return room.bisect(
        asked, between=(body.good, body.bad), run=body.run, environment=body.environment
    )


@router.get("/lineage/{name:path}")
def read_lineage(
    name: Annotated[str, Path(min_length=1, max_length=MAX_PATH)],
    *,
    project: Opened,
    direction: Literal["up", "down", "both"] = "both",
    threshold: Annotated[float, Query(ge=0, le=1)] = 0.0,
    environment: Environment = None,
    at: At = None,
) -> LineageReply:
    """What a thing derives from and what derives from it, with strengths."""
    room = Recoveries(project.system, project.runtime)
    found = room.lineage(
        name, direction=direction, threshold=threshold, environment=environment, at=at
    )
    return LineageReply(name=found.name, up=list(found.up), down=list(found.down))
