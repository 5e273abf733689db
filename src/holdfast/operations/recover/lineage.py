"""What something derives from and what derives from it, as trees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from holdfast.domain.digest import short
from holdfast.domain.moment import EventId
from holdfast.errors import NotFoundError, UsageError
from holdfast.operations import find
from holdfast.operations.recover.cause import cause
from holdfast.operations.recover.taint import starts
from holdfast.operations.sources import paths
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.lineage import Reach, Reading, ancestors, descendants

UP, DOWN, BOTH = "up", "down", "both"
_RAW = re.compile(r"(?:chunk|document|dataset|operation|run):\S+")
_DIGESTS = re.compile(r"[0-9a-f]{64}")
LABEL = 60
"""Characters of a question that stand for a decision."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something in a lineage: a reference, what people call it, and what lies beyond it."""

    ref: str
    label: str
    strength: float
    event: str
    """The event it is, ``@12.0``; empty where it is none."""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Both directions from one thing; a direction that was not asked for is empty."""

    name: str
    up: tuple[Node, ...]
    down: tuple[Node, ...]
    events: frozenset[EventId]
    """Every event in it."""


def lineage(
    system: System,
    environment: str,
    *,
    name: str,
    direction: str = BOTH,
    threshold: float = 0.0,
    at: str | None = None,
) -> Lineage:
    """Follow the recorded edges from a thing; see ``cause`` for what a name may be.

    A decision that was taken back is followed too, over all timelines. Raises ``NotFoundError``.
    """
    if direction not in (UP, DOWN, BOTH):
        raise UsageError(f"direction {direction!r} is not known; use up, down or both")
    view = system.view(environment, at)
    begin, within, after = _starts(system, view, name, environment=environment, at=at)
    reading = Reading(threshold, within=within.cut if within else None, after=after)
    ledger, timelines = system.ledger, system.timelines
    down: dict[str, Reach] = {}
    up: dict[str, Reach] = {}
    if direction != UP:
        down = descendants(begin, ledger=ledger, timelines=timelines, reading=reading)
    if direction != DOWN:
        # What it rests on came before it, whatever was taken back since.
        found = ancestors(begin, ledger=ledger, timelines=timelines, reading=Reading(threshold))
        up = _through_chunks(system, found)
    tell = _Labels(system, view, (*up.values(), *down.values()))
    events = {reach.event for side in (up, down) for reach in side.values() if reach.event}
    return Lineage(name, _tree(up, tell), _tree(down, tell), frozenset(events))


def _starts(
    system: System, view: View, name: str, *, environment: str, at: str | None
) -> tuple[list[Reach | str], View | None, int]:
    """Where to start, the cut to keep to (None: all timelines), and the tick to start after."""
    if _RAW.fullmatch(name):
        return [name], view, 0
    dataset = view.get("datasets", name)
    if dataset is not None:
        called: list[Reach | str] = [dataset.ref, f"dataset:{dataset.value['digest']}"]
        return called, view, 0
    try:
        found = cause(system, environment, name=name, at=at)
    except NotFoundError:
        try:
            decision = find.decision(name, ledger=system.ledger)
        except NotFoundError:
            decision = None
        if decision is None:
            raise
        return [f"decision:{decision.id}"], None, 0
    return list(starts(found)), view, found.after


def _through_chunks(system: System, up: dict[str, Reach]) -> dict[str, Reach]:
    """The documents of a decision hang on the passages that were read of them."""
    joined = dict(up)
    for ref, reach in up.items():
        if not ref.startswith("decision:") or reach.event is None:
            continue
        decision = find.decision(ref.removeprefix("decision:"), ledger=system.ledger)
        for hit in reversed(decision.stamp.hits[: decision.stamp.used]):
            document, chunk = f"document:{hit.document}", f"chunk:{hit.chunk}"
            if document in joined and chunk in joined and up[document].via in _both(up, reach):
                joined[document] = replace(joined[document], via=chunk)
    return joined


def _both(reached: Mapping[str, Reach], one: Reach) -> set[str]:
    """All names of the event that a reference is."""
    return {one.ref, f"event:{one.event}"} & reached.keys()


def _tree(reached: Mapping[str, Reach], tell: _Labels) -> tuple[Node, ...]:
    """The strongest paths as trees; an event with two names is one node."""
    home = {ref: _home(reach) for ref, reach in reached.items()}
    best: dict[str, Reach] = {}
    for ref, reach in reached.items():
        if home[ref] not in best or reach.strength > best[home[ref]].strength:
            best[home[ref]] = reach
    below: dict[str, list[str]] = {}
    roots: list[str] = []
    for node, reach in best.items():
        parent = home.get(reach.via, reach.via)
        if parent == node:
            roots.append(node)
        else:
            below.setdefault(parent, []).append(node)

    def grown(node: str) -> Node:
        children = sorted(below.get(node, ()), key=lambda ref: (-best[ref].strength, ref))
        reach = best[node]
        event = str(reach.event) if reach.event else ""
        label = tell(reach)
        return Node(node, label, round(reach.strength, 4), event, tuple(map(grown, children)))

    return tuple(grown(root) for root in sorted(roots))


def _home(reach: Reach) -> str:
    """The name that stands for a node."""
    if reach.event is None:
        return reach.ref
    return f"decision:{reach.key}" if reach.store == "decisions" else f"event:{reach.event}"


class _Labels:
    """What people call the nodes of a lineage."""

    def __init__(self, system: System, view: View, reached: Iterable[Reach]) -> None:
        refs = {reach.ref for reach in reached}
        digests = {ref.partition(":")[2] for ref in refs if ref.startswith("document:")}
        self._ledger = system.ledger
        self._paths = {name: entry.key for name, entry in paths(digests, view=view).items()}

    def __call__(self, reach: Reach) -> str:
        kind, _, name = reach.ref.partition(":")
        if reach.store == "decisions":
            return f"decision {reach.key}: {self._question(reach)}"
        if reach.store:
            return f"{reach.store} {_DIGESTS.sub(lambda found: short(found[0]), reach.key)}"
        if kind == "document":
            path = self._paths.get(name, "")
            return f"document {short(name)}" + (f" ({path})" if path else "")
        return f"{kind} {_DIGESTS.sub(lambda found: short(found[0]), name)}"

    def _question(self, reach: Reach) -> str:
        query = Query("decisions", reach.key, newest_first=True, limit=1)
        for _, entry in self._ledger.history(query):
            question = str(entry.value["question"])
            return question if len(question) <= LABEL else f"{question[: LABEL - 1]}…"
        return ""
