"""Which answers mean the same: clusters of answers to one question.

Embeddings see the topic and are blind to what turns an answer round, so that two answers share a
meaning only when they say the same numbers and are both denied or both not, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.evaluation.scorers.words import quantities, unit, words
from holdfast.ports.embedder import Embedder

ALIKE = 0.45
"""Mean cosine from which answers with the same numbers are said to mean the same."""
DENIALS = frozenset(
    "no not never none nobody nothing neither nor cannot can't don't doesn't isn't aren't won't "
    "wasn't weren't without unable refuse refused impossible".split()
)
UNITS = frozenset("% eur usd gbp jpy inr chf".split())
"""Units that are part of a number; other words after it may be anything."""
FAR = 2.0


def meanings(
    answers: Sequence[str], *, embedder: Embedder, alike: float = ALIKE
) -> NDArray[np.int64]:
    """A number for each answer; equal ones mean the same. The most common meaning is 0.

    Average linkage over cosine distances; answers that differ in a number or in being denied are
    never put together. The order of the answers does not matter, nor whose they are.
    """
    texts = sorted({" ".join(answer.split()) for answer in answers})
    place = {text: i for i, text in enumerate(texts)}
    group = np.zeros(len(texts), dtype=np.int64)
    if len(texts) > 1:
        distance = _distances(texts, embedder=embedder)
        upper = distance[np.triu_indices(len(texts), 1)]
        found: NDArray[Any] = scipy.cluster.hierarchy.fcluster(
            scipy.cluster.hierarchy.linkage(upper, "average"), 1 - alike, "distance"
        )
        group = _separated(found.astype(np.int64), [claims(text) for text in texts])
    labels = group[[place[" ".join(answer.split())] for answer in answers]]
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return np.asarray(rank[np.searchsorted(names, labels)], dtype=np.int64)


def _distances(texts: Sequence[str], *, embedder: Embedder) -> NDArray[np.float64]:
    filled = [text or " " for text in texts]
    vectors = np.asarray(embedder.embed(filled), dtype=np.float64)
    distance = np.clip(1 - vectors @ vectors.T, 0.0, FAR)
    said = [claims(text) for text in texts]
    for i, claim in enumerate(said):
        differs = np.array([claim != other for other in said])
        distance[i, differs] = FAR
    np.fill_diagonal(distance, 0.0)
    return distance


def _separated(group: NDArray[np.int64], said: Sequence[tuple[Any, ...]]) -> NDArray[np.int64]:
    """Groups in which all make the same claims: average linkage alone may bridge a gap."""
    keys = list(zip(group.tolist(), said, strict=True))
    names = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([names[key] for key in keys], dtype=np.int64)


def claims(text: str) -> tuple[Any, ...]:
    """What turns a meaning round: the numbers with their units, denial, and saying nothing."""
    said = words(text)
    numbers = sorted({(q.value, unit(q.unit) if q.unit in UNITS else "") for q in quantities(said)})
    return (tuple(numbers), bool(DENIALS & set(said)), not said)


def nearest(
    answers: Sequence[str],
    known: Sequence[str],
    *,
    embedder: Embedder,
    alike: float = ALIKE,
) -> NDArray[np.int64]:
    """For each answer the number of the known one it means the same as, or -1 for none.

    Unlike ``meanings`` this depends on nothing but the answer and what is known, so that answers
    that come one by one can be counted.
    """
    if not answers:
        return np.zeros(0, dtype=np.int64)
    texts = [" ".join(text.split()) or " " for text in (*answers, *known)]
    vectors = np.asarray(embedder.embed(texts), dtype=np.float64)
    said = [claims(text) for text in texts]
    near = vectors[: len(answers)] @ vectors[len(answers) :].T
    for i in range(len(answers)):
        differs = np.array([said[i] != other for other in said[len(answers) :]])
        near[i, differs] = -1.0
    best = near.argmax(axis=1)
    return np.where(near.max(axis=1) >= alike, best, -1).astype(np.int64)
