"""The closure of a cause: everything that derives from it, with how much rests on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from holdfast.domain.moment import Cut, EventId
from holdfast.operations.recover.cause import Cause
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.lineage import Reach, Reading, descendants, names
from holdfast.store.releases.catalog import DEPLOYED

STATE = (
    "documents",
    "queue",
    "decisions",
    "cache",
    "memory",
    "feedback",
    "ratings",
    "prompts",
    "releases",
)
"""Stores that decide what is answered next: these can be taken back. Others are records of what
was measured or done, which stay."""
FLOOR = 0.01
"""What rests on a cause by less than this is not followed any further."""
LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Taint:
    """An event that derives from a cause, by the strongest path."""

    event: EventId
    store: str
    key: str
    strength: float
    via: str
    """The reference before it on that path."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What derives from a cause as of a cut, the cause's own events too.

    ``rests`` is state that rests on it by ``threshold`` at least, ``mentions`` state that rests on
    it less, ``records`` what else was written about either.
    """

    cause: Cause
    cut: Cut
    threshold: float
    rests: tuple[Taint, ...]
    mentions: tuple[Taint, ...]
    records: tuple[Taint, ...]
    reached: dict[str, Reach]

    @property
    def revoked(self) -> frozenset[EventId]:
        """What a recovery takes back."""
        return frozenset(taint.event for taint in self.rests)

    def of(self, store: str) -> list[Taint]:
        """What rests on the cause in one store."""
        return [taint for taint in self.rests if taint.store == store]


def starts(cause: Cause) -> list[Reach]:
    """Where derivation from a cause begins."""
    found = [Reach(ref, 1.0, ref, None) for ref in cause.refs]
    for entry in cause.entries:
        called = names(entry.id, store=entry.store, key=entry.key)
        found += [Reach(name, 1.0, name, entry.id, entry.store, entry.key) for name in called]
    return found


def close(system: System, cause: Cause, *, cut: Cut, threshold: float) -> Closure:
    """Follow what derives from a cause. Costs as much as there is of it, not of the ledger."""
    reading = Reading(threshold=FLOOR, limit=LIMIT, within=cut, after=cause.after)
    found = descendants(
        starts(cause), ledger=system.ledger, timelines=system.timelines, reading=reading
    )
    return _sorted(cause, found, cut=cut, threshold=threshold)


def extend(system: System, closure: Closure, *, cut: Cut) -> Closure:
    """The closure as of a later cut of the same timeline; only what came since is looked at."""
    since = Query(within=cut, after=closure.cut.tick)
    new = {entry.id: entry for _, entry in system.ledger.history(since)}
    if not new:
        return replace(closure, cut=cut)
    links = system.ledger.links(events=list(new))
    found, grows = dict(closure.reached), True
    while grows:  # sources come first but for those of the same change, so this ends soon
        grows = False
        for link in links:
            before = found.get(link.edge.source)
            strength = before.strength * link.edge.strength if before else 0.0
            for name in names(link.event, store=link.store, key=link.key):
                if strength >= FLOOR and (name not in found or found[name].strength < strength):
                    place = (link.event, link.store, link.key)
                    found[name] = Reach(name, strength, link.edge.source, *place)
                    grows = True
    return _sorted(closure.cause, found, cut=cut, threshold=closure.threshold)


def per_store(taints: Iterable[Taint]) -> dict[str, int]:
    """How many there are of each store."""
    return dict(sorted(Counter(taint.store for taint in taints).items()))


def _sorted(cause: Cause, found: dict[str, Reach], *, cut: Cut, threshold: float) -> Closure:
    own = cause.events
    strongest: dict[EventId, Taint] = {}
    for reach in found.values():
        if reach.event is not None:
            known = strongest.get(reach.event)
            if known is None or known.strength < reach.strength:
                strongest[reach.event] = Taint(
                    reach.event, reach.store, reach.key, reach.strength, reach.via
                )
    rests: list[Taint] = []
    mentions: list[Taint] = []
    records: list[Taint] = []
    for taint in sorted(strongest.values(), key=lambda one: (one.event.tick, one.event.place)):
        # A release's manifest says what it is made of; that stays true.
        manifest = taint.store == "releases" and taint.key != DEPLOYED
        if taint.store not in STATE or manifest:
            records.append(taint)
        elif taint.strength >= threshold or taint.event in own:
            rests.append(taint)
        else:
            mentions.append(taint)
    return Closure(cause, cut, threshold, tuple(rests), tuple(mentions), tuple(records), found)
