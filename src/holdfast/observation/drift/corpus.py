"""A corpus at two moments: which meanings came, went and moved, and which passages collide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from holdfast.evaluation.meaning import DENIALS
from holdfast.evaluation.scorers.words import quantities, words
from holdfast.observation.drift.kmeans import kmeans
from holdfast.statistics.require import Floats

__all__ = ["Collision", "Meaning", "Piece", "collisions", "meanings", "overlap"]

Kind: TypeAlias = Literal["came", "went", "changed", "same"]
TOPICS = 40
EACH = 8
"""Passages of a meaning on average, where there are fewer than ``TOPICS`` of them."""
NEAR = 0.7
"""Cosine from which two passages are held against each other."""
ALIKE = 85.0
"""Likeness of two sentences, without their numbers and denials, from which they say the same."""
NEIGHBOURS = 10
_BLOCK = 512
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_NUMBER = re.compile(r"\d[\d.,]*")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+")
_LEAST = 4
_LETTERS = 0.8
_MARKUP = re.compile(r"[<>`{}|=]|://|^\$ ")


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


@dataclass(frozen=True, slots=True)
class Collision:
    """Two passages of different documents that say the same but for a number, a denial, a name."""

    kind: Literal["number", "negation", "name"]
    paths: tuple[str, str]
    sentences: tuple[str, str]
    similarity: float


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


def collisions(
    pieces: Sequence[Piece], *, vectors: Floats, most: int = 20
) -> tuple[Collision, ...]:
    """Near-duplicates of different documents that contradict each other, the nearest first."""
    found: dict[tuple[str, str], Collision] = {}
    for i, j, cosine in _pairs(vectors.astype(np.float32)):
        one, other = pieces[i], pieces[j]
        if one.path == other.path:
            continue
        for told in _told(one, other, cosine):
            found.setdefault(told.sentences, told)
    order = {"number": 0, "negation": 1, "name": 2}
    ranked = sorted(found.values(), key=lambda c: (order[c.kind], -c.similarity, c.sentences))
    return tuple(ranked[:most])


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


def _pairs(vectors: NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
    for start in range(0, len(vectors), _BLOCK):
        alike = vectors[start : start + _BLOCK] @ vectors.T
        for row, column in zip(*np.nonzero(alike >= NEAR), strict=True):
            if start + row < column:
                yield int(start + row), int(column), float(alike[row, column])


def _told(one: Piece, other: Piece, cosine: float) -> Iterator[Collision]:
    for first in _sentences(one.text):
        for second in _sentences(other.text):
            kind = _differ(first, second)
            if kind is not None:
                yield Collision(kind, (one.path, other.path), (first, second), round(cosine, 3))


def _sentences(text: str) -> list[str]:
    found = (sentence.strip(" #*->|") for sentence in _SENTENCE.split(text))
    return [sentence for sentence in found if len(sentence.split()) >= _LEAST and _plain(sentence)]


def _plain(sentence: str) -> bool:
    """Whether it is language, and no code, markup or log line."""
    if _MARKUP.search(sentence):
        return False
    return sum(letter.isalpha() or letter == " " for letter in sentence) >= _LETTERS * len(sentence)


def _differ(first: str, second: str) -> Literal["number", "negation", "name"] | None:
    """What two sentences that otherwise say the same differ in."""
    if first == second or fuzz.token_sort_ratio(_bare(first), _bare(second)) < ALIKE:
        return None
    said = [words(text) for text in (first, second)]
    numbers = [sorted(q.value for q in quantities(one)) for one in said]
    if numbers[0] != numbers[1]:
        return "number" if all(numbers) else None
    if bool(DENIALS & set(said[0])) != bool(DENIALS & set(said[1])):
        return "negation"
    names = [set(_NAME.findall(text)) for text in (first, second)]
    return "name" if all(names) and names[0] != names[1] else None


def _bare(text: str) -> str:
    kept = [word for word in _NUMBER.sub("#", text.lower()).split() if word not in DENIALS]
    return " ".join(kept)
