"""Show any object by its id: what it is, and what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.domain.digest import JsonObject
from holdfast.domain.moment import EventId
from holdfast.errors import NotFoundError
from holdfast.operations import find
from holdfast.operations.revoked import taken_back
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

EVENT = re.compile(r"@(\d+)\.(\d+)")
TICK = re.compile(r"(?:t\d+)?@(\d+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """An object: its kind, its full id, and its content."""

    kind: str
    id: str
    value: JsonObject


def show(system: System, view: View, *, name: str) -> Shown:
    """The object that a name means.

    A decision, release, document path, snapshot, environment, event (``@12.0``) or change
    (``@12``). Raises ``NotFoundError``.
    """
    finders: tuple[Callable[[System, View, str], Shown | None], ...] = (
        _event,
        _change,
        _environment,
        _snapshot,
        _document,
        _decision,
        _release,
    )
    for finder in finders:
        shown = finder(system, view, name)
        if shown is not None:
            return shown
    raise NotFoundError(
        f"nothing is called {name!r}; give a decision, release, document path, snapshot, "
        "environment, event (@12.0) or change (@12)"
    )


def _event(system: System, _: View, name: str) -> Shown | None:
    match = EVENT.fullmatch(name)
    if not match:
        return None
    wanted = EventId(int(match[1]), int(match[2]))
    query = Query(after=wanted.tick - 1, until=wanted.tick)
    for commit, entry in system.ledger.history(query):
        if entry.id == wanted:
            links = system.ledger.links(events=[wanted])
            value = {
                "timeline": entry.timeline,
                "store": entry.store,
                "key": entry.key,
                "value": entry.value,
                "at": commit.at,
                "operation": commit.operation,
                "derives_from": [asdict(link.edge) for link in links],
            }
            return Shown("event", str(wanted), value)
    return None


def _change(system: System, _: View, name: str) -> Shown | None:
    match = TICK.fullmatch(name)
    if not match:
        return None
    tick = int(match[1])
    found = list(system.ledger.history(Query(after=tick - 1, until=tick)))
    if not found:
        return None
    events = [
        {"event": str(e.id), "store": e.store, "key": e.key, "value": e.value} for _, e in found
    ]
    return Shown("change", f"@{tick}", {**asdict(found[0][0]), "events": events})


def _environment(system: System, _: View, name: str) -> Shown | None:
    head = system.timelines.heads().get(name)
    if head is None:
        return None
    moves: list[Any] = [asdict(move) for move in system.timelines.moves(name)]
    return Shown("environment", name, {**asdict(head), "moves": moves})


def _snapshot(system: System, _: View, name: str) -> Shown | None:
    for snapshot in system.timelines.snapshots():
        if snapshot.name == name:
            return Shown("snapshot", name, asdict(snapshot))
    return None


def _document(system: System, view: View, name: str) -> Shown | None:
    entry = view.get("documents", name)
    if entry is None:
        return None
    value = dict(entry.value)
    source = system.lake.documents.get([value["document"]]).get(value["document"])
    if source is not None and source.media_type.startswith("text/"):
        value["text"] = source.source.decode("utf-8", errors="replace")
    return Shown("document", name, {**value, "event": str(entry.id)})


def _decision(system: System, _: View, name: str) -> Shown | None:
    try:
        decision = find.decision(name, ledger=system.ledger)
    except NotFoundError:
        return None
    value = {**decision.json(), "complete": decision.stamp.complete}
    revoked = taken_back(system, decision)
    if revoked is not None:
        value["revoked"] = revoked
    return Shown("decision", decision.id, value)


def _release(system: System, _: View, name: str) -> Shown | None:
    try:
        digest = catalog.find(name, ledger=system.ledger)
    except NotFoundError:
        return None
    manifest = catalog.load(digest, blobs=system.blobs).json()
    components = catalog.components(digest, blobs=system.blobs)
    return Shown("release", digest, {"manifest": manifest, "components": dict(components)})
