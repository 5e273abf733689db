"""Watching: does it work, and is it right."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from holdfast.observation.drift.cost import Cost
from holdfast.observation.labelling import Labelling
from holdfast.observation.objective import Report
from holdfast.observation.series import Series
from holdfast.observation.wording import Wording
from holdfast.operations.budgets import Account, Budgets
from holdfast.operations.watch.movement import Moved, Watch, movement
from holdfast.operations.watch.objectives import MONTH, Objectives
from holdfast.operations.watch.observations import LATELY, Observations, Status
from holdfast.operations.watch.probes import Probes, Standing
from holdfast.operations.watch.scoring import Scoring
from holdfast.server.api.fields import MAX_TEXT, At, Environment, Id
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened, Served

router = rest_router("watching")

Since = Annotated[
    str, Query(min_length=1, max_length=64, description="A duration (6h, 7d) or a time.")
]


@router.get("/status")
def read_status(
    project: Opened,
    since: Since = LATELY,
    by: Annotated[str, Query(max_length=32)] = "",
    environment: Environment = None,
    at: At = None,
) -> Status:
    """The execution row and the decision row of a time, whole or by group."""
    return Observations(project.system).status(environment, since=since, at=at, by=by)


@router.get("/wordings")
def read_wordings(
    project: Opened,
    since: Since = "30d",
    measure: Id = "resolved",
    environment: Environment = None,
    at: At = None,
) -> tuple[Wording, ...]:
    """Wordings of one intent, held against each other by a measure, the worst first."""
    return Observations(project.system).wordings(environment, since=since, at=at, by=measure)


@router.get("/slos")
def read_objectives(
    project: Opened,
    name: Annotated[str, Query(max_length=256)] = "",
    environment: Environment = None,
    at: At = None,
) -> tuple[Report, ...]:
    """Budget left and burn rate of every objective, or of one."""
    return Objectives(project.system).reports(name, environment=environment, at=at)


@router.get("/slos/series")
def read_series(
    project: Opened,
    name: Annotated[str, Query(max_length=256)] = "",
    since: Since = MONTH,
    by: Annotated[str, Query(max_length=32)] = "hour",
    environment: Environment = None,
    at: At = None,
) -> tuple[Series, ...]:
    """Good decisions of all by hour or day, of every objective or of one."""
    room = Objectives(project.system)
    return room.series(name, environment=environment, since=since, at=at, by=by)


@router.get("/probes")
def read_probes(project: Opened, environment: Environment = None) -> list[Standing]:
    """How every probe stands against what it is usually answered."""
    return Probes(project.system, project.runtime).status(environment)


class MonitorsReply(BaseModel):
    """What the drift monitors of an environment say."""

    environment: str
    verdict: Literal["moved", "calm", "undecided"]
    monitors: tuple[Watch, ...]
    moved: tuple[Moved, ...]
    """With when it began, what on the ledger may be why, and what that move alone would cost."""
    perhaps: tuple[Moved, ...]
    costs: tuple[Cost, ...]


@router.get("/monitors")
def read_monitors(
    service: Served,
    name: Annotated[str, Query(max_length=256)] = "",
    environment: Environment = None,
) -> MonitorsReply:
    """What moved since all was well, how sure that is, since when, what it costs, and why."""
    monitors = service.watch.drift
    found = movement(monitors, monitors.check(environment, name=name))
    return MonitorsReply(
        environment=found.environment,
        verdict=found.verdict,
        monitors=found.monitors,
        moved=found.moved,
        perhaps=found.perhaps,
        costs=found.costs,
    )


@router.get("/budgets")
def read_budgets(project: Opened) -> tuple[Account, ...]:
    """What is spent today of every limit that is set."""
    return Budgets(project.system).accounts()


class LabelBody(Body):
    """What a person says of a decision, by a measure."""

    label: Literal["good", "bad"]
    about: Id = "good"
    note: str = Field(default="", max_length=MAX_TEXT)


class LabelReply(BaseModel):
    """Where the label stands on the ledger."""

    tick: int


@router.post("/decisions/{decision}/label")
def add_label(decision: Id, body: LabelBody, project: Opened) -> LabelReply:
    """Label a decision; a second label by the same measure replaces the first."""
    room = Scoring(project.system)
    return LabelReply(tick=room.label(decision, body.label, about=body.about, note=body.note))


@router.get("/labels")
def read_labels(
    project: Opened,
    about: Id = "good",
    since: Since = "7d",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 20,
    environment: Environment = None,
    at: At = None,
) -> Labelling:
    """What to label next, and the rate as labels correct it."""
    room = Scoring(project.system)
    return room.labelling(environment, about=about, since=since, at=at, limit=limit)
