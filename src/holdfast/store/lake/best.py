"""Picking the best of many scores, the same ones whatever the order they come in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

DIGITS = 6
"""Decimals of a score: beyond them, machines may differ."""


def best(
    scores: NDArray[np.floating],
    depth: int,
    *,
    names: Callable[[NDArray[np.intp]], NDArray[np.bytes_]],
) -> NDArray[np.intp]:
    """Indices of the ``depth`` highest scores; on a tie at the edge, the smallest names.

    >>> letters = np.array([b"c", b"a", b"b"])
    >>> best(np.array([1.0, 1.0, 1.0]), 2, names=lambda i: letters[i]).tolist()
    [1, 2]
    """
    if len(scores) <= depth:
        return np.arange(len(scores))
    if depth <= 0:
        return np.empty(0, np.intp)
    edge = np.partition(scores, len(scores) - depth)[len(scores) - depth]
    sure = np.flatnonzero(scores > edge)
    tied = np.flatnonzero(scores == edge)
    wanted = depth - len(sure)
    if len(tied) > wanted:
        tied = np.sort(tied[np.argsort(names(tied), kind="stable")[:wanted]])
    return np.concatenate([sure, tied])


def ranked(
    scores: NDArray[np.float64], names: NDArray[np.bytes_], *, depth: int
) -> NDArray[np.intp]:
    """Indices of the ``depth`` highest scores, best first; equal ones by name."""
    return np.lexsort((names, -scores))[:depth]
