"""Reciprocal rank fusion of rankings.

Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
Learning Methods" (SIGIR 2009).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

from holdfast.store.lake.best import DIGITS

K = 60
Item = TypeVar("Item", bound=Hashable)


def fuse(rankings: Sequence[Sequence[Item]]) -> dict[Item, float]:
    """The fused score of every item that a ranking (best first) holds, six decimals.

    >>> fuse([["a", "b"], ["b"]])
    {'a': 0.016393, 'b': 0.032522}
    """
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1 / (K + rank)
    return {item: round(score, DIGITS) for item, score in scores.items()}
