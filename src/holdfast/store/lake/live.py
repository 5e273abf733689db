"""Which documents are live as of a cut: the newest visible event of every path."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.moment import Cut, EventId, Timeline
from holdfast.ports.ledger import Ledger, Query
from holdfast.ports.timelines import Timelines
from holdfast.store.lake.numbers import Numbers

KEPT = 16
"""Cuts whose live documents are remembered."""
REMOVED = -1


class Live:
    """The live documents of a cut.

    ``key`` is equal for cuts that show the same document events.
    """

    def __init__(
        self,
        key: Key,
        *,
        paths: NDArray[np.int32],
        documents: NDArray[np.int32],
        names: Names,
    ) -> None:
        self.key = key
        self.documents = documents
        """Numbers of the documents, one per live path, by path number."""
        self._paths = paths
        self._names = names

    def __len__(self) -> int:
        """How many paths are live."""
        return len(self._paths)

    @cached_property
    def digests(self) -> frozenset[str]:
        """Digests of the live documents."""
        numbers = np.unique(self.documents)
        return frozenset(raw.hex() for raw in self._names.numbers.raw(numbers))

    def paths(self, document: str) -> list[str]:
        """Where a document is live; empty when it is not."""
        number = self._names.numbers.find(document)
        found = self._paths[self.documents == number] if number is not None else ()
        return sorted(self._names.paths[path] for path in found)

    def by_path(self) -> dict[str, str]:
        """Every live path and its document's digest."""
        numbers = self._names.numbers
        return {
            self._names.paths[path]: numbers.digest(document)
            for path, document in zip(self._paths, self.documents, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Names:
    """What the arrays' numbers stand for; only ever appended to."""

    numbers: Numbers
    paths: list[str]
    known: dict[str, int]

    def path(self, name: str) -> int:
        number = self.known.setdefault(name, len(self.paths))
        if number == len(self.paths):
            self.paths.append(name)
        return number


@dataclass(frozen=True, slots=True)
class Events:
    """The document events of one timeline, ascending."""

    ticks: NDArray[np.int64]
    places: NDArray[np.int32]
    paths: NDArray[np.int32]
    documents: NDArray[np.int32]

    def extended(self, rows: list[tuple[int, int, int, int]]) -> Events:
        new = np.array(rows, np.int64).reshape(-1, 4).T
        return Events(
            np.append(self.ticks, new[0]),
            np.append(self.places, new[1].astype(np.int32)),
            np.append(self.paths, new[2].astype(np.int32)),
            np.append(self.documents, new[3].astype(np.int32)),
        )


NONE = Events(
    np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32)
)
Key = tuple[tuple[tuple[int, int, int], ...], frozenset[EventId]]
"""(timeline, first, last) of the visible events of each piece, and what is revoked."""


class LiveDocuments:
    """Live documents as of any cut, from the ledger's history kept in memory."""

    def __init__(self, ledger: Ledger, timelines: Timelines, *, numbers: Numbers) -> None:
        self._ledger = ledger
        self._timelines = timelines
        self._names = Names(numbers, [], {})
        self._events: dict[int, Events] = {}
        self._known: dict[int, Timeline] = {}
        self._until = 0
        self._cache: OrderedDict[Key, Live] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, cut: Cut) -> Live:
        """What is live as of a cut. Raises ``NotFoundError`` for an unknown timeline."""
        with self._lock:
            if cut.tick > self._until:
                self._read(cut.tick)
            timeline = self._timeline(cut.timeline)
            pieces = self._pieces(timeline, cut.tick)
            key = (pieces, timeline.revoked)
            if key not in self._cache:
                self._cache[key] = self._live(key)
                if len(self._cache) > KEPT:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(key)
            return self._cache[key]

    def _read(self, tick: int) -> None:
        rows: dict[int, list[tuple[int, int, int, int]]] = {}
        digests: list[bytes] = []
        for _, entry in self._ledger.history(Query(store="documents", after=self._until)):
            document = REMOVED
            if entry.value is not None:
                document = len(digests)
                digests.append(bytes.fromhex(entry.value["document"]))
            path = self._names.path(entry.key)
            row = (entry.id.tick, entry.id.place, path, document)
            rows.setdefault(entry.timeline, []).append(row)
            tick = max(tick, entry.id.tick)
        numbers = self._names.numbers.of(digests)
        for timeline, added in rows.items():
            numbered = [
                (at, place, path, REMOVED if i == REMOVED else int(numbers[i]))
                for at, place, path, i in added
            ]
            self._events[timeline] = self._events.get(timeline, NONE).extended(numbered)
        self._until = tick

    def _timeline(self, number: int) -> Timeline:
        if number not in self._known:
            self._known[number] = self._timelines.timeline(number)
        return self._known[number]

    def _pieces(self, timeline: Timeline, tick: int) -> tuple[tuple[int, int, int], ...]:
        pieces = []
        for piece in timeline.spans(tick):
            ticks = self._events.get(piece.timeline, NONE).ticks
            first, last = np.searchsorted(ticks, (piece.after, piece.until), side="right").tolist()
            if first < last:
                pieces.append((piece.timeline, first, last))
        return tuple(pieces)

    def _live(self, key: Key) -> Live:
        pieces, revoked = key
        newest = np.full(len(self._names.paths), REMOVED, np.int32)
        for timeline, first, last in pieces:
            events = self._events[timeline]
            shown = slice(first, last)
            paths, documents = events.paths[shown], events.documents[shown]
            if revoked:
                kept = _kept(events.ticks[shown], events.places[shown], revoked)
                paths, documents = paths[kept], documents[kept]
            newest[paths] = documents
        paths = np.flatnonzero(newest != REMOVED).astype(np.int32)
        return Live(key, paths=paths, documents=newest[paths], names=self._names)


def _kept(
    ticks: NDArray[np.int64], places: NDArray[np.int32], revoked: frozenset[EventId]
) -> NDArray[np.bool_]:
    """Which events are not revoked."""
    kept = np.ones(len(ticks), bool)
    for event in revoked:
        first, last = np.searchsorted(ticks, (event.tick - 1, event.tick), side="right")
        kept[first:last] &= places[first:last] != event.place
    return kept
