"""Cosine search over the live chunks of an index.

Candidates are found with fast half-precision products, more of them than are wanted; those are
scored again in double precision over the same 16-bit values, rounded, so that neither the order of
the rows nor the number of threads shows.
"""

from __future__ import annotations

import numkong
import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Vectors
from holdfast.store.lake.best import DIGITS, best
from holdfast.store.lake.index import LiveRows

SPARE = 64
"""Candidates beyond the ones wanted: half precision may have misjudged those at the edge."""
FEW = 8
"""Below one live chunk in so many, a part's live vectors are picked out before they are scored."""


def nearest(live: LiveRows, question: NDArray[np.float32], *, depth: int) -> NDArray[np.int64]:
    """Positions of the live chunks nearest to a unit vector (``depth`` and some), ascending."""
    places, scores = [], []
    for part, shown in zip(live.index.parts, live.shown, strict=True):
        if not shown:
            continue
        vectors = part.segment.vectors
        mask = live.mask[part.start : part.stop]
        held = np.flatnonzero(mask) if shown < len(mask) else np.arange(len(mask))
        if shown * FEW < len(mask):
            found = products(vectors[held], question)
        else:
            found = products(vectors, question)[held]
        places.append(held + part.start)
        scores.append(found)
    if not places:
        return np.empty(0, np.int64)
    every, all_scores = np.concatenate(places), np.concatenate(scores)
    kept = best(all_scores, depth + SPARE, names=lambda i: live.index.names(every[i]))
    return np.sort(every[kept])


def nearest_of(
    live: LiveRows, question: NDArray[np.float32], *, places: NDArray[np.int64], depth: int
) -> NDArray[np.int64]:
    """As ``nearest``, among some positions of live chunks only."""
    if not len(places):
        return places
    scores = products(live.index.vectors(places), question)
    return np.sort(places[best(scores, depth + SPARE, names=lambda i: live.index.names(places[i]))])


def products(vectors: Vectors, question: NDArray[np.float32]) -> NDArray[np.float32]:
    """About the inner product of each row with the question; shape (n,)."""
    halves = question.astype(np.float16)[np.newaxis]
    return np.asarray(numkong.cdist(halves, vectors, metric="dot"), np.float32).reshape(-1)


def similarities(
    live: LiveRows, question: NDArray[np.float32], *, places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The cosine of chunks to a question, six decimals, the same on any machine."""
    if not len(places):
        return np.empty(0)
    vectors = live.index.vectors(places).astype(np.float64)
    found: NDArray[np.float64] = (vectors * question.astype(np.float64)).sum(axis=1)
    return found.round(DIGITS)
