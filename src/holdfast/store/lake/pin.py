"""Pinning a vector index: centroids as a blob, named by an event, valid from then on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.event import Event
from holdfast.store.lake.centroids import Centroids, train
from holdfast.store.lake.corpus import INDEX, STORE
from holdfast.store.lake.dense import products
from holdfast.store.lake.index import LiveRows

PER_ROOT = 2.0
"""Lists per square root of the number of chunks."""
SAMPLED = 40
"""Chunks per list that the centroids are trained on."""
TRIED = 200
"""Chunks that stand for questions when the number of probes is chosen."""
FOUND = 10
RECALL = 0.995
"""Share of the exact ten nearest that probing has to find for those."""
MARGIN = 2
"""Times as many probes as they need: questions are farther from chunks than chunks are."""
MOST = 60_000
"""Lists: a list's number takes 16 bits."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Value of ``corpus/index/EMBEDDER``: how vectors are searched from this event on."""

    centroids: str
    """Digest of the blob."""
    lists: int
    probes: int
    chunks: int
    """How many were live when the centroids were trained."""

    def event(self, embedder: str) -> Event:
        return Event(STORE, f"{INDEX}{embedder}", self.json())

    def json(self) -> dict[str, Any]:
        return {
            "centroids": self.centroids,
            "lists": self.lists,
            "probes": self.probes,
            "chunks": self.chunks,
        }


def fit(live: LiveRows) -> tuple[Centroids, int]:
    """Centroids for the live chunks, and how many lists a search has to probe.

    The sample is the live chunks with the smallest ids, so it depends on nothing but the corpus.
    """
    lists = int(min(MOST, max(1, PER_ROOT * live.count**0.5)))
    places = np.flatnonzero(live.mask)
    order = np.argsort(live.index.names(places), kind="stable")
    sample = places[order[: lists * SAMPLED]]
    centroids = train(live.index.vectors(sample), lists=lists)
    tried = places[order[-TRIED:]]
    return centroids, _probes(live, places, centroids, live.index.vectors(tried))


def _probes(
    live: LiveRows,
    places: NDArray[np.int64],
    centroids: Centroids,
    questions: NDArray[np.float16],
) -> int:
    """How many lists hold nearly all of the nearest chunks of the questions, with a margin."""
    needed = []
    vectors = live.index.vectors(places)
    for question in questions.astype(np.float32):
        scores = products(vectors, question)
        top = np.argsort(-scores, kind="stable")[:FOUND]
        ranks = np.argsort(np.argsort(-(centroids.vectors @ question), kind="stable"))
        needed += ranks[centroids.assign(vectors[top])].tolist()
    enough = int(np.quantile(needed, RECALL, method="higher")) + 1
    return min(len(centroids), MARGIN * enough)
