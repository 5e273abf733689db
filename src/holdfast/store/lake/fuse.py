"""Fusion of lexical scores and similarities.

A convex combination of both, each as a share of the question's best: S. Bruch, S. Gai and
A. Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), who find it
better than reciprocal ranks within a domain and beyond: ranks forget by how much one is better.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from holdfast.store.lake.best import DIGITS

SHARE = 0.5
"""What the similarity has of the fused score; the lexical score has the rest."""
Item = TypeVar("Item", bound=Hashable)


def fuse(lexical: Mapping[Item, float], cosines: Mapping[Item, float]) -> dict[Item, float]:
    """The fused score, 0 to 1, of every item that has a cosine; six decimals.

    BM25 is at least 0 and a cosine at least -1; those are the zeros that shares are taken from.

    >>> fuse({"a": 4.0}, {"a": 0.5, "b": 0.2})
    {'a': 1.0, 'b': 0.4}
    """
    most = max(lexical.values(), default=0.0) or 1.0
    nearest = 1 + max(cosines.values(), default=0.0)
    return {
        item: round(
            (1 - SHARE) * lexical.get(item, 0.0) / most + SHARE * (1 + cosine) / (nearest or 1.0),
            DIGITS,
        )
        for item, cosine in cosines.items()
    }
