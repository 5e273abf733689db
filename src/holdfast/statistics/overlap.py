"""How alike two lists of results are: in what they hold, and in what they put first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

__all__ = ["average_overlap", "jaccard"]


def average_overlap(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """How much two rankings share, the best places counting most; 1 for equal ones.

    The mean over all depths of what is shared down to there (S. Wu and F. Crestani 2003, Methods
    for ranking information retrieval systems without relevance judgments).

    >>> average_overlap("abc", "abc"), average_overlap("abc", "bac"), average_overlap("ab", "cd")
    (1.0, 0.6666666666666666, 0.0)
    """
    deep = max(len(first), len(second))
    if not deep:
        return 1.0
    shared = (len({*first[:depth]} & {*second[:depth]}) / depth for depth in range(1, deep + 1))
    return sum(shared) / deep


def jaccard(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """The share of all there is that both hold (P. Jaccard 1912); 1 for two empty ones.

    >>> jaccard("abc", "bcd")
    0.5
    """
    either = {*first} | {*second}
    return len({*first} & {*second}) / len(either) if either else 1.0
