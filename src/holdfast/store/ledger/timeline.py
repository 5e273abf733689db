"""Environments: where they are, and the forks that create, copy, roll back and recover them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from holdfast.domain.digest import Json, JsonObject
from holdfast.domain.event import Change, Event, Fork
from holdfast.domain.moment import Cut, EventId, Head
from holdfast.errors import NotFoundError
from holdfast.ports.timelines import Timelines


@dataclass(frozen=True, slots=True)
class Operation:
    """Who moves an environment and why; recorded in store ``operations`` under ``id``.

    The same ``id`` again does nothing again. ``details`` joins the recorded value; ``events``
    happen in the same change.
    """

    id: str
    actor: str = ""
    reason: str = ""
    cause: str = ""
    details: JsonObject = field(default_factory=dict)
    events: tuple[Event, ...] = ()


def head(timelines: Timelines, environment: str) -> Head:
    """Where an environment is now. Raises ``NotFoundError`` naming the closest ones."""
    heads = timelines.heads()
    if environment not in heads:
        close = get_close_matches(environment, heads, n=3) or sorted(heads)
        there = f"did you mean {', '.join(map(repr, close))}?" if close else "there is none yet"
        raise NotFoundError(f"no environment {environment!r}; {there}")
    return heads[environment]


def create(environment: str, *, operation: Operation) -> Fork:
    """A new environment without any state."""
    return _fork("create", environment, operation=operation)


def copy(environment: str, *, of: Cut, operation: Operation) -> Fork:
    """A new environment that begins as a cut of another; nothing is copied."""
    return _fork("fork", environment, to=of, operation=operation)


def rollback(start: Head, *, to: Cut, operation: Operation) -> Fork:
    """An environment put back to a cut; what came after stays on the timeline it leaves."""
    return _fork("rollback", start.environment, start=start, to=to, operation=operation)


def recover(start: Head, *, revoked: Iterable[EventId], operation: Operation) -> Fork:
    """An environment that keeps everything but some events.

    Refused when anything came after ``start``: it would be lost without having been looked at.
    """
    return _fork(
        "recover",
        start.environment,
        start=start,
        to=start.cut,
        revoked=frozenset(revoked),
        operation=operation,
    )


def _fork(
    kind: str,
    environment: str,
    *,
    operation: Operation,
    start: Head | None = None,
    to: Cut | None = None,
    revoked: frozenset[EventId] = frozenset(),
) -> Fork:
    record = {
        **operation.details,
        "kind": kind,
        "environment": environment,
        "from": _json(start.cut if start else None),
        "to": _json(to),
        "revoked": [str(event) for event in sorted(revoked, key=_place)],
    }
    change = Change(
        timeline=0,
        operation=kind,
        events=(Event("operations", operation.id, record), *operation.events),
        actor=operation.actor,
        reason=operation.reason,
        cause=operation.cause,
    )
    return Fork(
        id=operation.id,
        environment=environment,
        parent=to,
        expects=start.timeline if start else None,
        change=change,
        revoked=revoked,
        expects_tick=start.tick if start and kind == "recover" else None,
    )


def _place(event: EventId) -> tuple[int, int]:
    """What events are sorted by; a recovery sorts many, and comparing them as such is slow."""
    return event.tick, event.place


def _json(cut: Cut | None) -> Json:
    return None if cut is None else {"timeline": cut.timeline, "tick": cut.tick}
