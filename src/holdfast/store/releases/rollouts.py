"""Canaries, shadows, schedules and freezes as the ledger tells them.

Each names its environment: a fork shows all state of another, but goes on with none of these.
"""

from __future__ import annotations

from holdfast.domain.event import Edge, Entry, Event, Expect
from holdfast.domain.rollout import Canary, Freeze, Schedule, Shadow
from holdfast.store.ledger.as_of import View

STORE = "rollouts"
CANARY, SHADOW, FREEZE, SCHEDULED = "canary", "shadow", "freeze", "at/"


def canary(view: View, environment: str) -> Canary | None:
    """The newest canary of an environment, running or ended."""
    value = _value(view.get(STORE, CANARY), environment)
    return None if value is None else Canary.from_json(value)


def shadow(view: View, environment: str) -> Shadow | None:
    """The newest shadow of an environment, running or ended."""
    value = _value(view.get(STORE, SHADOW), environment)
    return None if value is None else Shadow.from_json(value)


def freeze(view: View, environment: str, *, now: int) -> Freeze | None:
    """The freeze that is in force."""
    value = _value(view.get(STORE, FREEZE), environment)
    found = None if value is None else Freeze.from_json(value)
    return found if found is not None and found.holds(now) else None


def schedules(view: View, environment: str) -> list[Schedule]:
    """All scheduled deployments of an environment, in the order of their times."""
    values = [_value(entry, environment) for entry in view.scan(STORE, prefix=SCHEDULED)]
    found = [Schedule.from_json(value) for value in values if value is not None]
    return sorted(found, key=lambda one: (one.at, one.id))


def event(one: Canary | Shadow | Schedule | Freeze) -> Event:
    """What records where one of them is."""
    match one:
        case Canary():
            edges = (Edge(f"release:{one.candidate}"), Edge(f"release:{one.baseline}"))
            return Event(STORE, CANARY, one.json(), edges)
        case Shadow():
            return Event(STORE, SHADOW, one.json(), (Edge(f"release:{one.candidate}"),))
        case Schedule():
            return Event(STORE, key(one), one.json(), (Edge(f"release:{one.release}"),))
        case Freeze():
            return Event(STORE, FREEZE, one.json())


def key(one: Schedule) -> str:
    """Where a schedule stands in the store."""
    return f"{SCHEDULED}{one.id}"


def expect(view: View, name: str) -> Expect:
    """That nobody has moved it since the view."""
    entry = view.get(STORE, name)
    return Expect(STORE, name, None if entry is None else entry.id)


def _value(entry: Entry | None, environment: str) -> dict[str, object] | None:
    if entry is None or entry.value is None or entry.value["environment"] != environment:
        return None
    value: dict[str, object] = entry.value
    return value
