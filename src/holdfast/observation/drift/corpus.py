"""A corpus at two moments: which meanings came, went and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from holdfast.observation.drift.kmeans import kmeans
from holdfast.statistics.require import Floats

__all__ = ["Meaning", "Piece", "meanings", "overlap"]

Kind: TypeAlias = Literal["came", "went", "changed", "same"]
TOPICS = 40
EACH = 8
"""Passages of a meaning on average, where there are fewer than ``TOPICS`` of them."""
NEIGHBOURS = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A live passage: its document's path, the headings above it, its text.

    ``chunk`` names what it says, so that a passage that a changed document kept is the same one.
    """

    chunk: str
    path: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """Passages that are about the same, named by the headings in the middle of them.

    ``kept`` are passages that both moments have, of those that either has, as a share.
    """

    name: str
    kind: Kind
    before: int
    after: int
    kept: float
    paths: tuple[str, ...]
    """Where they are, most passages first."""


def meanings(
    before: Sequence[Piece],
    after: Sequence[Piece],
    *,
    vectors: Floats,
    most: int = TOPICS,
    seed: int = 0,
) -> tuple[Meaning, ...]:
    """Group the passages of both moments by meaning; ``vectors`` has a row each, before first.

    What came or went comes first, then what changed most.
    """
    both = [*before, *after]
    if not both:
        return ()
    # A passage that both moments have is one point, not two.
    first = {piece.chunk: place for place, piece in reversed(list(enumerate(both)))}
    places = list(first.values())
    points = vectors[places].astype(np.float64)
    count = max(1, min(most, len(points) // EACH))
    fitted = kmeans(points, count, starts=8, seed=seed)
    label = dict(zip(first, np.asarray(fitted.labels_).tolist(), strict=True))
    found = []
    for group in range(count):
        own = [place for place, one in zip(places, fitted.labels_, strict=True) if one == group]
        middle = own[int(np.argmax(vectors[own] @ fitted.cluster_centers_[group]))]
        old, new = (
            {piece.chunk for piece in side if label[piece.chunk] == group}
            for side in (before, after)
        )
        paths = [both[place].path for place in own]
        ranked = sorted(set(paths), key=lambda path: (-paths.count(path), path))
        found.append(
            Meaning(
                both[middle].heading or both[middle].path,
                _kind(old, new),
                len(old),
                len(new),
                len(old & new) / max(len(old | new), 1),
                tuple(ranked[:3]),
            )
        )
    order = {"came": 0, "went": 0, "changed": 1, "same": 2}
    return tuple(sorted(found, key=lambda m: (order[m.kind], m.kept, -m.before - m.after)))


def overlap(before: Floats, after: Floats, *, neighbours: int = NEIGHBOURS) -> float:
    """Of each row's nearest neighbours in one space, the share that is so in the other too.

    >>> points = np.random.default_rng(0).normal(size=(50, 8))
    >>> overlap(points, 2 * points), overlap(points, points[::-1]) < 0.5
    (1.0, True)
    """
    k = min(neighbours, len(before) - 1)
    if k < 1:
        return 1.0
    near = [_nearest(space, k) for space in (before, after)]
    shared = [len(set(a) & set(b)) / k for a, b in zip(*near, strict=True)]
    return float(np.mean(shared))


def _nearest(points: Floats, k: int) -> list[list[int]]:
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -np.inf)
    nearest: list[list[int]] = np.argsort(-alike, axis=1, kind="stable")[:, :k].tolist()
    return nearest


def _kind(old: set[str], new: set[str]) -> Kind:
    if not old:
        return "came"
    if not new:
        return "went"
    return "same" if old == new else "changed"
