"""Searching the corpus as of a cut."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Chunk, Hit, Space
from holdfast.domain.event import Event
from holdfast.domain.moment import Cut
from holdfast.errors import UsageError
from holdfast.ports.blobs import Blobs
from holdfast.ports.lake import Chunks
from holdfast.ports.ledger import Ledger
from holdfast.ports.timelines import Timelines
from holdfast.store.lake.best import ranked
from holdfast.store.lake.centroids import Centroids
from holdfast.store.lake.corpus import EMPTY, INDEX, STATE, STORE
from holdfast.store.lake.dense import nearest, probed, similarities
from holdfast.store.lake.fuse import K, fuse
from holdfast.store.lake.index import CorpusIndex, LiveRows
from holdfast.store.lake.lexical import BUDGET, CANDIDATES, K1, B, Scored, lexical
from holdfast.store.lake.lists import Lists
from holdfast.store.lake.live import Live, LiveDocuments
from holdfast.store.lake.numbers import Numbers
from holdfast.store.lake.pin import Pin, fit
from holdfast.store.lake.terms import terms

SEARCH: JsonObject = {
    "version": 1,
    "fusion": {"kind": "reciprocal rank", "k": K},
    "bm25": {"k1": K1, "b": B, "occurrences": BUDGET, "candidates": CANDIDATES},
}
"""What the order of hits depends on, besides the corpus: part of the retrieval component."""


EXACT = 50_000
"""Live chunks up to which every vector is compared, pinned centroids or not."""
KEPT = 3
"""Pinned indexes that are held in memory."""


class CorpusSearch:
    """Finds the chunks of a space that are live as of any cut.

    Lexical and vector search are fused by reciprocal rank. Chunks that are not live at the cut
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
        self._pinned: OrderedDict[str, Lists] = OrderedDict()
        self._lock = threading.Lock()
        numbers = Numbers()
        self._documents = LiveDocuments(ledger, timelines, numbers=numbers)
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
        return {
            "preprocessing": self.space.preprocessing,
            "embedder": self.space.embedder,
            "index": pin.json() if (pin := self._pin(self._rows(at), at)) else "exact",
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
        """Train centroids for the chunks live at a cut and store them; the event that pins them.

        ``None`` while so few are live that exact search is faster.
        """
        live = self._rows(at)
        if live.count <= EXACT:
            return None
        centroids, probes = fit(live)
        digest = self._blobs.put(centroids.encode())
        return Pin(digest, len(centroids), probes, live.count).event(self.space.embedder)

    def take(self, hits: Sequence[Hit]) -> list[Chunk]:
        """The chunks of hits, with their text. Raises ``CorruptionError``."""
        return self._chunks.take([hit.row for hit in hits], space=self.space)

    def _rows(self, at: Cut) -> LiveRows:
        return self._index.live(self._documents.at(at))

    def _near(
        self, live: LiveRows, question: NDArray[np.float32], *, at: Cut, depth: int
    ) -> NDArray[np.int64]:
        pin = self._pin(live, at)
        if pin is None:
            return nearest(live, question, depth=depth)
        return probed(live, question, depth=depth, lists=self._lists(pin), probes=pin.probes)

    def _pin(self, live: LiveRows, at: Cut) -> Pin | None:
        """The pinned index of a cut, when there is one and enough is live to need it."""
        if live.count <= EXACT:
            return None
        (entry,) = self._ledger.read([(STORE, f"{INDEX}{self.space.embedder}")], at)
        return None if entry is None else Pin(**entry.value)

    def _lists(self, pin: Pin) -> Lists:
        with self._lock:
            if pin.centroids not in self._pinned:
                data = self._blobs.get(pin.centroids)
                centroids = Centroids.decode(data, dimensions=self.space.dimensions)
                self._pinned[pin.centroids] = Lists(
                    centroids, digest=pin.centroids, shelf=self._index.shelf
                )
                if len(self._pinned) > KEPT:
                    self._pinned.popitem(last=False)
            self._pinned.move_to_end(pin.centroids)
            return self._pinned[pin.centroids]


def _fused(
    live: LiveRows,
    by_terms: Scored,
    by_vector: NDArray[np.int64],
    vector: NDArray[np.float32],
    *,
    depth: int,
) -> list[Hit]:
    near_names = live.index.names(by_vector)
    near = by_vector[ranked(similarities(live, by_vector, vector), near_names, depth=depth)]
    term_names = live.index.names(by_terms.places)
    order = ranked(by_terms.scores, term_names, depth=depth)
    fused = fuse([near.tolist(), by_terms.places[order].tolist()])
    lexical_scores = dict(
        zip(by_terms.places[order].tolist(), by_terms.scores[order].tolist(), strict=True)
    )
    return _hits(live, fused, lexical_scores, vector)


def _hits(
    live: LiveRows,
    fused: dict[int, float],
    by_terms: dict[int, float],
    vector: NDArray[np.float32],
) -> list[Hit]:
    places = np.array(list(fused), np.int64)
    names = live.index.ids(places).tolist()
    documents = live.index.digests(places).tolist()
    rows = live.index.rows(places).tolist()
    cosines = similarities(live, places, vector).tolist()
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
