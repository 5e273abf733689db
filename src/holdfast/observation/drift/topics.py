"""What texts are about: groups of their embeddings, each named by words that many of it share."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.observation.drift.kmeans import kmeans
from holdfast.statistics.require import Floats

__all__ = ["Topics", "topics"]

MOST = 24
"""Topics at most."""
EACH = 12
"""Texts of a topic on average, where there are fewer."""
SHARED = 3
"""Different texts that a word must stand in to name their topic."""
WORDS = 3
_WORD = re.compile(r"[^\W\d_]{3,}")
_DIGITS = 4
"""Of a distance: its last digits depend on the processor and on what was embedded together, and a
text that comes again must lie where it lay."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Groups of unit vectors by their centers, the largest first.

    ``embedder`` is the digest of what made the vectors: those of another have other meanings.
    """

    embedder: str
    centers: Floats
    """Shape ``(topics, dimensions)``, of unit length."""
    names: tuple[str, ...]

    def place(self, vectors: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Of each vector: its topic, and how far from the middle of it, 0 to 2."""
        alike = vectors.astype(np.float64) @ self.centers.T
        nearest = np.asarray(alike.argmax(axis=1), dtype=np.int64)
        return nearest, np.round(1 - alike.max(axis=1), _DIGITS)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; centers in half precision."""
        packed = base64.b64encode(self.centers.astype("<f2").tobytes()).decode()
        return {"embedder": self.embedder, "names": list(self.names), "centers": packed}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Topics:
        """What ``to_json`` gave."""
        names = tuple(value["names"])
        flat = np.frombuffer(base64.b64decode(value["centers"]), dtype="<f2").astype(np.float64)
        return cls(value["embedder"], flat.reshape(len(names), -1), names)


def topics(
    vectors: Floats, texts: Sequence[str], *, embedder: str, most: int = MOST, seed: int = 0
) -> Topics:
    """Group unit vectors by k-means, about a dozen to a group, and name each group.

    >>> rng = np.random.default_rng(0)
    >>> axes = np.repeat(np.eye(4)[:2], 30, axis=0) + rng.normal(0, 0.05, (60, 4))
    >>> texts = [f"shoes {n} {chr(97 + n)}aa" for n in range(3)] * 20
    >>> topics(axes, texts, embedder="", most=2).names
    ('shoes', 'shoes (2)')
    """
    points = vectors.astype(np.float64)
    distinct = len(np.unique(points.round(6), axis=0))
    count = max(1, min(most, len(points) // EACH, distinct))
    fitted = kmeans(points, count, starts=4, seed=seed)
    centers = fitted.cluster_centers_
    centers = centers / np.maximum(np.linalg.norm(centers, axis=1, keepdims=True), 1e-12)
    labels = np.asarray(fitted.labels_)
    order = np.argsort(-np.bincount(labels, minlength=count), kind="stable")
    around = _held(texts)
    groups = [[texts[int(row)] for row in np.flatnonzero(labels == group)] for group in order]
    names = [_name(own, around, number) for number, own in enumerate(groups, start=1)]
    # As they are stored: what was fitted and what was read back must place texts alike.
    stored = centers[order].astype("<f2").astype(np.float64)
    return Topics(embedder, stored, tuple(_apart(names)))


def _name(own: Sequence[str], around: Counter[str], number: int) -> str:
    """Words that set a group apart, each of ``SHARED`` different texts of it at least.

    So what one person wrote does not stand in what is kept of everybody.
    """
    held, different = _held(own), _held(set(own))
    scored = {
        word: held[word] / len(own) * (1 + held[word] / around[word])
        for word, texts in different.items()
        if texts >= SHARED
    }
    best = sorted(scored, key=lambda word: (-scored[word], word))[:WORDS]
    return " ".join(best) or f"topic {number}"


def _held(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts hold each word."""
    return Counter(word for text in texts for word in set(_WORD.findall(text.lower())))


def _apart(names: Sequence[str]) -> list[str]:
    """Names that are given twice get a number."""
    return [
        name if names.index(name) == place else f"{name} ({place + 1})"
        for place, name in enumerate(names)
    ]
