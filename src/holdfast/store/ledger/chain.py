"""Verifying the hash chain of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from holdfast.domain.chain import GENESIS, Leaf, seal
from holdfast.domain.digest import digest
from holdfast.domain.erasure import STORE
from holdfast.domain.event import Commit, Edge, Entry
from holdfast.domain.moment import EventId
from holdfast.errors import CorruptionError
from holdfast.ports.ledger import Ledger, Query

_EVENTS = 500
"""About how many events' edges are asked for at once."""

_Recorded = tuple[Commit, list[Entry]]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in order, and the hash that stands for all of it."""

    commits: int
    events: int
    hash: str
    erased: int = 0
    """Values that were erased; each is named by an erasure, with the digest of what is left."""


@dataclass(slots=True)
class _Erasures:
    """What stands in the place of a value, and what the ledger allows to stand there."""

    found: dict[str, str]
    named: set[tuple[str, str]]

    def look(self, entry: Entry) -> str:
        """The digest that a commit's hash covers of an entry."""
        if entry.store == STORE and entry.key.startswith("@"):
            self.named.add((entry.key, (entry.value or {}).get("remains", "")))
        if entry.erased is None:
            return digest(entry.value)
        self.found[str(entry.id)] = digest(entry.value)
        return entry.erased.digest

    def check(self) -> None:
        """Raises ``CorruptionError`` for a value that went without an erasure."""
        stray = sorted(set(self.found.items()) - self.named)
        if stray:
            raise CorruptionError(
                f"the value of event {stray[0][0]} is not what was recorded, and no erasure names "
                "it: compare with a backup"
            )


def verify(ledger: Ledger) -> Verified:
    """Compute every commit's hash anew from what is stored.

    A value that was erased counts by the digest it had, if an erasure on the ledger names it and
    what is left of it; whatever else is missing or different is damage. Raises
    ``CorruptionError`` naming the first commit that is not what was recorded. A ledger
    whose newest commits were cut off is still a chain: compare ``hash`` with one kept elsewhere.
    """
    previous, events, at = GENESIS, 0, -1
    tick = 0
    erasures = _Erasures({}, set())
    for tick, (commit, entries, edges) in enumerate(_commits(ledger), start=1):
        leaves = [
            Leaf(e.store, e.key, erasures.look(e), tuple(edges.get(e.id, ()))) for e in entries
        ]
        places = [entry.id.place for entry in entries]
        sealed = seal(commit, previous=previous, leaves=leaves)
        whole = places == list(range(commit.events))
        if (commit.tick, commit.hash) != (tick, sealed.hash) or commit.at <= at or not whole:
            raise CorruptionError(
                f"commit @{commit.tick} is not what was recorded as @{tick}: everything from "
                "there on is in doubt; compare with a backup"
            )
        previous, at = commit.hash, commit.at
        events += commit.events
    erasures.check()
    return Verified(tick, events, previous, len(erasures.found))


def _commits(
    ledger: Ledger,
) -> Iterator[tuple[Commit, list[Entry], dict[EventId, list[Edge]]]]:
    """Every commit with its entries and their edges."""
    history = ledger.history(Query())
    recorded: list[_Recorded] = []
    waiting = 0
    for commit, rows in groupby(history, key=lambda row: row[0]):
        recorded.append((commit, [entry for _, entry in rows]))
        waiting += len(recorded[-1][1])
        if waiting >= _EVENTS:
            yield from _with_edges(ledger, recorded)
            recorded, waiting = [], 0
    yield from _with_edges(ledger, recorded)


def _with_edges(
    ledger: Ledger, recorded: list[_Recorded]
) -> Iterator[tuple[Commit, list[Entry], dict[EventId, list[Edge]]]]:
    edges: dict[EventId, list[Edge]] = {}
    ids = [entry.id for _, entries in recorded for entry in entries]
    for link in ledger.links(events=ids):
        edges.setdefault(link.event, []).append(link.edge)
    for commit, entries in recorded:
        yield commit, entries, edges
