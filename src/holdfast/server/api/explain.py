"""Explaining: the log, any object, and what differs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field

from holdfast.domain.event import STORES
from holdfast.operations.diff import StateDiff
from holdfast.operations.log import Line
from holdfast.operations.show import Shown
from holdfast.server.api.fields import MAX_PATH, At, Environment, Moment, Name
from holdfast.server.api.router import rest_router
from holdfast.server.service import Opened

router = rest_router("explaining")


def check_store(name: str) -> str:
    """A store of the ledger.

    >>> check_store("documents")
    'documents'
    """
    if name not in STORES:
        raise ValueError(f"the stores are {', '.join(STORES)}")
    return name


Store = Annotated[str, AfterValidator(check_store), Field(json_schema_extra={"enum": [*STORES]})]
Everything = Annotated[bool, Query(description="Also abandoned timelines.")]


@router.get("/log")
def read_log(
    *,
    project: Opened,
    environment: Environment = None,
    at: At = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 30,
    store: Store | None = None,
    operation: Name | None = None,
    everything: Everything = False,
) -> list[Line]:
    """The ledger's changes, newest first."""
    return project.log(
        environment=environment,
        at=at,
        limit=limit,
        store=store,
        operation=operation,
        everything=everything,
    )


@router.get("/show/{name:path}")
def show(
    name: Annotated[str, Path(min_length=1, max_length=MAX_PATH)],
    project: Opened,
    environment: Environment = None,
    at: At = None,
) -> Shown:
    """Any object: a decision, release, document path, snapshot, environment, @12 or @12.0."""
    return project.show(name, environment=environment, at=at)


@router.get("/diff")
def diff(
    before: Moment, project: Opened, after: Moment = "head", environment: Environment = None
) -> StateDiff:
    """What differs between two moments."""
    return project.diff(before, after, environment=environment)
