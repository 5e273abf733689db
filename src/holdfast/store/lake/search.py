"""Searching the corpus as of a cut."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import JsonObject, digest_bytes
from holdfast.domain.document import Chunk, Hit, Space
from holdfast.domain.event import Event
from holdfast.domain.moment import Cut
from holdfast.errors import CorruptionError, UsageError
from holdfast.ports.blobs import Blobs
from holdfast.ports.lake import Chunks
from holdfast.ports.ledger import Ledger
from holdfast.ports.timelines import Timelines
from holdfast.store.lake.best import ranked
from holdfast.store.lake.codes import Codes
from holdfast.store.lake.corpus import EMPTY, INDEX, STATE, STORE
from holdfast.store.lake.dense import nearest, similarities
from holdfast.store.lake.fuse import SHARE, fuse
from holdfast.store.lake.index import CorpusIndex, LiveRows
from holdfast.store.lake.inspect import inspect
from holdfast.store.lake.lexical import BUDGET, CANDIDATES, K1, B, Scored, lexical
from holdfast.store.lake.live import Live, LiveDocuments
from holdfast.store.lake.numbers import Numbers
from holdfast.store.lake.pin import GROWN, Pin, fit, shortlisted
from holdfast.store.lake.terms import terms

SEARCH: JsonObject = {
    "version": 2,
    "fusion": {"kind": "convex", "share": SHARE, "ties": "lexical"},
    "bm25": {"k1": K1, "b": B, "occurrences": BUDGET, "candidates": CANDIDATES},
}
"""What the order of hits depends on, besides the corpus: part of the retrieval component."""


EXACT = 50_000
"""Live chunks up to which every vector is compared, whatever is pinned."""
KEPT = 2
"""Centers whose codes are held in memory."""

RECENT = 4_096
"""Chunks whose text is kept at hand; rows are never used again, so they cannot be stale."""


class CorpusSearch:
    """Finds the chunks of a space that are live as of any cut.

    Lexical and vector search are fused by their scores. Chunks that are not live at the cut
    have no influence at all on what is found, its scores or its order. Safe to use from several
    threads; holds an index in memory, with its bulk mapped from ``folder`` when given.
    """

    def __init__(
        self,
        *,
        chunks: Chunks,
        ledger: Ledger,
        timelines: Timelines,
        blobs: Blobs,
        space: Space,
        folder: Path | None,
    ) -> None:
        self.space = space
        self._chunks = chunks
        self._ledger = ledger
        self._blobs = blobs
        self._pinned: OrderedDict[str, Codes] = OrderedDict()
        self._recent: OrderedDict[int, Chunk] = OrderedDict()
        self._lock = threading.Lock()
        numbers = Numbers()
        self._documents = LiveDocuments(ledger, timelines, numbers=numbers, folder=folder)
        self._index = CorpusIndex(chunks, space, numbers=numbers, folder=folder)

    def refresh(self) -> None:
        """Load what was stored since; a search does it by itself when the cut needs it."""
        self._index.refresh()

    def live(self, at: Cut) -> Live:
        """The live documents as of a cut."""
        return self._documents.at(at)

    def corpus(self, at: Cut) -> str:
        """The corpus digest as of a cut."""
        (entry,) = self._ledger.read([(STORE, STATE)], at)
        return EMPTY.digest if entry is None else str(entry.value["digest"])

    def identity(self, at: Cut) -> JsonObject:
        """The space, and how its vectors are searched as of a cut."""
        pin = self._pin(self._rows(at), at)
        return {
            "preprocessing": self.space.preprocessing,
            "embedder": self.space.embedder,
            "index": "exact" if pin is None else pin.identity(),
        }

    def search(
        self, question: str, vector: NDArray[np.float32], *, at: Cut, depth: int
    ) -> list[Hit]:
        """The best chunks for a question, best first; ``vector`` is its embedding.

        Each of the two searches contributes its ``depth`` best, so there may be up to twice as
        many hits. Raises ``UsageError`` for a vector of another space.
        """
        if vector.shape != (self.space.dimensions,):
            raise UsageError(
                f"the question's vector has shape {vector.shape!r}, the space "
                f"{self.space.dimensions!r} dimensions; embed it with the space's embedder"
            )
        live = self._rows(at)
        question_vector = vector.astype(np.float32)
        near = self._near(live, question_vector, at=at, depth=depth)
        return _fused(live, lexical(live, terms(question)), near, question_vector, depth=depth)

    def pin(self, at: Cut) -> Event | None:
        """The event that makes vector search fast from then on, when it is worth while.

        It is while many chunks are live, a shortlist finds nearly all of the exact nearest, and
        none is pinned that was chosen for a corpus of about this size. Every chunk's code is made
        here too, so that no question waits for that.
        """
        live = self._rows(at)
        held = self._pin(live, at)
        if live.count <= EXACT or (held is not None and live.count < GROWN * held.chunks):
            return None
        pin = fit(live, codes=self._codes)
        return None if pin is None else pin.event(self.space.embedder)

    def take(self, hits: Sequence[Hit]) -> list[Chunk]:
        """The chunks of hits, with their text; recent ones are kept. Raises ``CorruptionError``."""
        with self._lock:
            held = {hit.row: self._recent[hit.row] for hit in hits if hit.row in self._recent}
        wanted = [hit.row for hit in hits if hit.row not in held]
        if wanted:
            found = self._chunks.take(wanted, space=self.space)
            held.update(zip(wanted, found, strict=True))
        if any(held[hit.row].id != hit.chunk for hit in hits):
            raise CorruptionError(
                "the chunk table was made anew under this process; open the project again"
            )
        with self._lock:
            for hit in hits:
                self._recent[hit.row] = held[hit.row]
                self._recent.move_to_end(hit.row)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)
        return [held[hit.row] for hit in hits]

    def inspect(self) -> tuple[int, list[str]]:
        """How many segments the disk keeps, and those that are not what the lake holds."""
        shelf = self._index.shelf
        return (0, []) if shelf is None else inspect(shelf, chunks=self._chunks, space=self.space)

    def discard(self) -> None:
        """Take what the disk keeps of the index away; it is derived, and made again when needed."""
        if self._index.shelf is not None:
            self._index.shelf.clear()
        self._documents.discard()

    def _rows(self, at: Cut) -> LiveRows:
        return self._index.live(self._documents.at(at))

    def _near(
        self, live: LiveRows, question: NDArray[np.float32], *, at: Cut, depth: int
    ) -> NDArray[np.int64]:
        pin = self._pin(live, at)
        if pin is None:
            return nearest(live, question, depth=depth)
        return shortlisted(live, question, depth=depth, codes=self._codes(pin), pin=pin)

    def _pin(self, live: LiveRows, at: Cut) -> Pin | None:
        """What is pinned as of a cut, when enough is live to need it."""
        if live.count <= EXACT:
            return None
        (entry,) = self._ledger.read([(STORE, f"{INDEX}{self.space.embedder}")], at)
        return None if entry is None else Pin.from_json(entry.value)

    def _codes(self, pin: Pin) -> Codes:
        """The codes around a pinned center; of a few centers they are held in memory."""
        with self._lock:
            if pin.center not in self._pinned:
                name = digest_bytes(pin.center.encode())
                self._pinned[pin.center] = Codes(pin.signs(), name=name, shelf=self._index.shelf)
                if len(self._pinned) > KEPT:
                    self._pinned.popitem(last=False)
            self._pinned.move_to_end(pin.center)
            return self._pinned[pin.center]


def _fused(
    live: LiveRows,
    by_terms: Scored,
    by_vector: NDArray[np.int64],
    vector: NDArray[np.float32],
    *,
    depth: int,
) -> list[Hit]:
    near_names = live.index.names(by_vector)
    near = by_vector[ranked(similarities(live, vector, places=by_vector), near_names, depth=depth)]
    term_names = live.index.names(by_terms.places)
    order = ranked(by_terms.scores, term_names, depth=depth)
    said = dict(zip(by_terms.places.tolist(), by_terms.scores.tolist(), strict=True))
    found = dict.fromkeys([*near.tolist(), *by_terms.places[order].tolist()])
    return _hits(live, list(found), said, vector)


def _hits(
    live: LiveRows, found: list[int], by_terms: dict[int, float], vector: NDArray[np.float32]
) -> list[Hit]:
    places = np.array(found, np.int64)
    names = live.index.ids(places).tolist()
    documents = live.index.digests(places).tolist()
    rows = live.index.rows(places).tolist()
    cosines = similarities(live, vector, places=places).tolist()
    fused = fuse(by_terms, dict(zip(found, cosines, strict=True)))
    hits = [
        Hit(
            chunk=names[i].hex(),
            document=documents[i].hex(),
            score=fused[place],
            similarity=cosines[i],
            lexical=by_terms.get(place, 0.0),
            row=rows[i],
        )
        for i, place in enumerate(places.tolist())
    ]
    return sorted(hits, key=lambda hit: (-hit.score, -hit.lexical, hit.chunk))
