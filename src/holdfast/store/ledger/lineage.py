"""Following lineage: what derives from something, and what something derives from.

References name the nodes: ``event:@12.0``, ``decision:ID``, ``document:DIGEST``, ``chunk:ID``,
``release:DIGEST`` ... An event that records a decision or a release goes by both names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from holdfast.domain.moment import Cut, EventId
from holdfast.errors import LimitError
from holdfast.ports.ledger import Ledger, Link, Query
from holdfast.ports.timelines import Timelines

_EVENT = re.compile(r"event:@(\d+)\.(\d+)")
_KINDS = {"decisions": "decision", "releases": "release"}
"""Stores whose keys other events name as sources, and how."""
_STORES = {kind: store for store, kind in _KINDS.items()}


_Step = tuple[str, str, float, "_Place | None"]
"""From a reference to a reference, with what strength; the event that the second one is."""
_Place = tuple[EventId, str, str]
"""An event with its store and key."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Something that lineage leads to."""

    ref: str
    strength: float
    """Product of the strengths along the strongest path, in (0, 1]."""
    via: str
    """The reference before it on that path; its own for a start."""
    event: EventId | None
    """The event it is, where it is one."""
    store: str = ""
    key: str = ""
    """Store and key of that event."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far to follow.

    ``threshold`` leaves out what is reached with less strength; ``limit`` is the most references
    to find before giving up with ``LimitError``; ``within`` keeps to events that a cut shows,
    ``after`` to those of later ticks.
    """

    threshold: float = 0.0
    limit: int = 100_000
    within: Cut | None = None
    after: int = 0


def descendants(
    start: Iterable[str | Reach],
    *,
    ledger: Ledger,
    timelines: Timelines,
    reading: Reading | None = None,
) -> dict[str, Reach]:
    """Everything that derives from ``start``, with ``start`` itself, by reference.

    A start that is a ``Reach`` is taken as it stands; of a reference, its events are looked up.
    """
    reading = reading or Reading()
    shows = _sight(timelines, reading)

    def step(refs: Sequence[str]) -> Iterator[_Step]:
        for link in ledger.links(sources=refs):
            if shows(link):
                for name in names(link.event, store=link.store, key=link.key):
                    place = (link.event, link.store, link.key)
                    yield link.edge.source, name, link.edge.strength, place

    return _closure(start, step, ledger=ledger, reading=reading)


def ancestors(
    start: Iterable[str | Reach],
    *,
    ledger: Ledger,
    timelines: Timelines,
    reading: Reading | None = None,
) -> dict[str, Reach]:
    """Everything that ``start`` derives from, with ``start`` itself, by reference."""
    reading = reading or Reading()
    shows = _sight(timelines, reading)

    lookup = cache(lambda ref: _events(ref, ledger))

    def step(refs: Sequence[str]) -> Iterator[_Step]:
        known: dict[EventId, list[str]] = {}
        for ref in refs:
            for place, _ in lookup(ref):
                known.setdefault(place[0], []).append(ref)
        for link in ledger.links(events=list(known)):
            if not shows(link):
                continue
            source, strength = link.edge.source, link.edge.strength
            for ref in known[link.event]:
                for place, called in lookup(source):
                    yield from ((ref, name, strength, place) for name in called)
                yield ref, source, strength, None

    return _closure(start, step, ledger=ledger, reading=reading)


def _closure(
    start: Iterable[str | Reach],
    step: Callable[[Sequence[str]], Iterator[_Step]],
    *,
    ledger: Ledger,
    reading: Reading,
) -> dict[str, Reach]:
    found: dict[str, Reach] = {}
    for ref in start:
        if isinstance(ref, Reach):
            found[ref.ref] = ref
            continue
        found[ref] = Reach(ref, 1.0, ref, None)
        for itself, called in _events(ref, ledger):
            found |= {name: Reach(name, 1.0, ref, *itself) for name in called}
    frontier = list(found)
    while frontier:
        # A cycle ends by itself: going round it makes nothing stronger.
        stronger: dict[str, None] = {}
        for via, ref, strength, place in step(frontier):
            reach = Reach(ref, found[via].strength * strength, via, *(place or (None,)))
            if reach.strength < reading.threshold:
                continue
            if ref not in found or found[ref].strength < reach.strength:
                found[ref] = reach
                stronger[ref] = None
        if len(found) > reading.limit:
            raise LimitError(
                f"lineage leads to more than {reading.limit} references; "
                "raise the threshold or the limit"
            )
        frontier = list(stronger)
    return found


def _events(ref: str, ledger: Ledger) -> list[tuple[_Place, list[str]]]:
    """The events that a reference stands for, each with all its names."""
    named = _EVENT.fullmatch(ref)
    kind, _, key = ref.partition(":")
    if named:
        tick, place = int(named[1]), int(named[2])
        query = Query(after=tick - 1, until=tick)
    elif kind in _STORES:
        place = -1
        query = Query(store=_STORES[kind], key=key)
    else:
        return []
    return [
        ((entry.id, entry.store, entry.key), names(entry.id, store=entry.store, key=entry.key))
        for _, entry in ledger.history(query)
        if place in (-1, entry.id.place)
    ]


def names(event: EventId, *, store: str, key: str) -> list[str]:
    """What an event is called, as edges name their sources."""
    own = f"event:{event}"
    return [own, f"{_KINDS[store]}:{key}"] if store in _KINDS else [own]


def _sight(timelines: Timelines, reading: Reading) -> Callable[[Link], bool]:
    """Whether a reading follows a link: a cut shows its event, and it came late enough."""
    within = reading.within
    if within is None:
        return lambda link: link.event.tick > reading.after
    timeline = timelines.timeline(within.timeline)
    spans = {piece.timeline: piece for piece in timeline.spans(within.tick)}

    def shows(link: Link) -> bool:
        piece = spans.get(link.timeline)
        return (
            piece is not None
            and max(piece.after, reading.after) < link.event.tick <= piece.until
            and link.event not in timeline.revoked
        )

    return shows
