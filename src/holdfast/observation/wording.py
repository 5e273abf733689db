"""Which wordings of one intent do worse: the same wish, said in other words, answered badly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.observation.fact import Fact
from holdfast.observation.measure import Measure
from holdfast.pipeline.signature import signature
from holdfast.statistics.multiplicity import benjamini_hochberg

NEAR = 0.7
"""Cosine from which two questions are taken for one intent."""
LEAST = 3
"""Decisions that a wording must have to be judged."""
LEVEL = 0.05
"""Share of false findings among those reported."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A way to ask, how often it went wrong, and how often the rest of its intent did."""

    question: str
    intent: str
    """The intent's most frequent question."""
    bad: int
    asked: int
    others_bad: int
    others: int
    p_value: float
    worse: bool
    """Significantly worse than the rest of its intent, allowing for all that was compared."""


def wordings(
    facts: Sequence[Fact], measure: Measure, *, embed: Callable[[list[str]], NDArray[np.float32]]
) -> tuple[Wording, ...]:
    """Wordings of intents that are asked in more than one way, the worst first.

    Questions are one intent when their embeddings are near a common first one (leader
    clustering); a wording is held against the rest of its intent by Fisher's exact test.
    """
    told = [fact for fact in facts if fact.told]
    judged = [(fact, bool(value)) for fact in told if (value := measure.of(fact)) is not None]
    asked: dict[str, list[tuple[Fact, bool]]] = {}
    for fact, good in judged:
        asked.setdefault(signature(fact.question), []).append((fact, good))
    ways = sorted(asked.values(), key=lambda way: (-len(way), way[0][0].question))
    found = []
    for intent in _intents([way[0][0].question for way in ways], embed=embed):
        members = [ways[number] for number in intent]
        if len(members) > 1:
            found += [_against(way, members) for way in members if len(way) >= LEAST]
    if not found:
        return ()
    rejected = benjamini_hochberg([one.p_value for one in found], alpha=LEVEL).rejected
    marked = [replace(one, worse=bool(worse)) for one, worse in zip(found, rejected, strict=True)]
    return tuple(sorted(marked, key=lambda one: (one.p_value, one.question)))


def _against(way: list[tuple[Fact, bool]], members: list[list[tuple[Fact, bool]]]) -> Wording:
    rest = [one for member in members if member is not way for one in member]
    bad, others_bad = (sum(not good for _, good in some) for some in (way, rest))
    table = [[bad, len(way) - bad], [others_bad, len(rest) - others_bad]]
    p = float(scipy.stats.fisher_exact(table, alternative="greater").pvalue)
    question, intent = way[0][0].question, members[0][0][0].question
    return Wording(question, intent, bad, len(way), others_bad, len(rest), p, worse=False)


def _intents(
    questions: list[str], *, embed: Callable[[list[str]], NDArray[np.float32]]
) -> list[list[int]]:
    """Numbers of questions by intent; the first of each leads."""
    if not questions:
        return []
    vectors = np.asarray(embed(questions), dtype=float)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(norms == 0, 1.0, norms)
    leaders: list[int] = []
    groups: list[list[int]] = []
    for number in range(len(questions)):
        near = vectors[leaders] @ vectors[number] if leaders else np.array([])
        if len(near) and near.max() >= NEAR:
            groups[int(near.argmax())].append(number)
        else:
            leaders.append(number)
            groups.append([number])
    return groups
