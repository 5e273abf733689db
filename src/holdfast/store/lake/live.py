"""Which documents are live as of a cut: the newest visible event of every path."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.moment import Cut, EventId, Timeline
from holdfast.ports.ledger import Ledger, Query
from holdfast.ports.timelines import Timelines
from holdfast.store.lake.history import REMOVED, Events, History
from holdfast.store.lake.numbers import Numbers

KEPT = 16
"""Cuts whose live documents are remembered."""
UNSAVED = 2_000
"""Events that are read anew at a start rather than saved."""
FILE = "documents.npz"
PLACES = 24
"""Bits of an event's place within its change, where tick and place are one number."""

Key = tuple[tuple[tuple[int, int, int], ...], frozenset[EventId]]
"""(timeline, first, last) of the visible events of each piece, and what is revoked."""


class Live:
    """The live documents of a cut. ``key`` is equal for cuts that show the same events."""

    def __init__(
        self,
        key: Key,
        *,
        paths: NDArray[np.int32],
        documents: NDArray[np.int32],
        history: History,
    ) -> None:
        self.key = key
        self.documents = documents
        """Numbers of the documents, one per live path."""
        self._paths = paths
        self._history = history

    def __len__(self) -> int:
        """How many paths are live."""
        return len(self._paths)

    @cached_property
    def digests(self) -> frozenset[str]:
        """Digests of the live documents."""
        raw = self._history.numbers.raw(np.unique(self.documents))
        return frozenset(digest.hex() for digest in raw)

    def paths(self, document: str) -> list[str]:
        """Where a document is live; empty when it is not."""
        number = self._history.numbers.find(document)
        found = self._paths[self.documents == number].tolist() if number is not None else []
        return sorted(self._history.paths[path] for path in found)

    def by_path(self) -> dict[str, str]:
        """Every live path and its document's digest."""
        raw = self._history.numbers.raw(self.documents)
        paths = [self._history.paths[path] for path in self._paths.tolist()]
        return {path: digest.hex() for path, digest in zip(paths, raw, strict=True)}


class LiveDocuments:
    """Live documents as of any cut, from the ledger's history kept in memory.

    With a ``folder``, a long history is kept there too, so that a start reads only what is new.
    """

    def __init__(
        self,
        ledger: Ledger,
        timelines: Timelines,
        *,
        numbers: Numbers,
        folder: Path | None = None,
    ) -> None:
        self._ledger = ledger
        self._timelines = timelines
        self._numbers = numbers
        self._file = folder / FILE if folder is not None else None
        self._history: History | None = None
        self._until = 0
        self._unsaved = 0
        self._known: dict[int, Timeline] = {}
        self._cache: OrderedDict[Key, Live] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, cut: Cut) -> Live:
        """What is live as of a cut. Raises ``NotFoundError`` for an unknown timeline."""
        with self._lock:
            history = self._read(cut.tick)
            timeline = self._timeline(cut.timeline)
            key = (_pieces(history, timeline, cut.tick), timeline.revoked)
            if key not in self._cache:
                self._cache[key] = _live(history, key)
                if len(self._cache) > KEPT:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(key)
            return self._cache[key]

    def discard(self) -> None:
        """Take the file away, and read the ledger again at the next look."""
        with self._lock:
            if self._file is not None:
                self._file.unlink(missing_ok=True)
            self._history, self._until, self._unsaved = None, 0, 0
            self._cache.clear()

    def _read(self, tick: int) -> History:
        """The history up to a tick at least."""
        if self._history is None:
            self._history = self._loaded() or History(self._numbers)
            self._until = self._history.source.tick
        history = self._history
        if tick > self._until:
            news = self._ledger.history(Query(store="documents", after=self._until))
            self._unsaved += history.add(news)
            self._until = max(tick, history.source.tick)
            if self._file is not None and self._unsaved > UNSAVED:
                history.save(self._file)
                self._unsaved = 0
        return history

    def _loaded(self) -> History | None:
        """What is on disk, if it was made from this ledger."""
        history = History.load(self._file, numbers=self._numbers) if self._file else None
        if history is None:
            return None
        tick = history.source.tick
        found = next(iter(self._ledger.history(Query(after=tick - 1, until=tick, limit=1))), None)
        return history if found is not None and found[0].hash == history.source.hash else None

    def _timeline(self, number: int) -> Timeline:
        if number not in self._known:
            timeline = self._timelines.timeline(number)
            if number < 0:  # a mask, which is gone soon
                return timeline
            self._known[number] = timeline
        return self._known[number]


def _pieces(history: History, timeline: Timeline, tick: int) -> tuple[tuple[int, int, int], ...]:
    pieces = []
    for piece in timeline.spans(tick):
        ticks = history.of(piece.timeline).ticks
        first, last = np.searchsorted(ticks, (piece.after, piece.until), side="right").tolist()
        if first < last:
            pieces.append((piece.timeline, first, last))
    return tuple(pieces)


def _live(history: History, key: Key) -> Live:
    pieces, revoked = key
    newest = np.full(len(history.paths), REMOVED, np.int32)
    for timeline, first, last in pieces:
        events, shown = history.of(timeline), slice(first, last)
        paths, documents = events.paths[shown], events.documents[shown]
        if revoked:
            kept = _kept(events, shown, revoked)
            paths, documents = paths[kept], documents[kept]
        newest[paths] = documents
    live = np.flatnonzero(newest != REMOVED).astype(np.int32)
    return Live(key, paths=live, documents=newest[live], history=history)


def _kept(events: Events, shown: slice, revoked: frozenset[EventId]) -> NDArray[np.bool_]:
    """Which of the shown events are not revoked."""
    ids = events.ticks[shown] << PLACES | events.places[shown]
    hidden = np.array([event.tick << PLACES | event.place for event in revoked], np.int64)
    return np.isin(ids, hidden, invert=True)
