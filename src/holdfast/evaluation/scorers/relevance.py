"""The answer is about the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.ports.embedder import Embedder
from holdfast.store.lake.terms import terms

MOST = 50
"""Sentences of an answer that are compared."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """How much of the question the answer takes up, 0 to 1; an empty answer scores 0.

    The mean of the share of the question's words that the answer has, and of the best sentence's
    cosine to the question. It does not see whether the answer is true.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    embedder: Embedder
    name: str = "relevance"

    def __call__(self, sample: Sample) -> Score:
        value = relevance(sample.case.question, sample.output.answer, embedder=self.embedder)
        return Score(self.name, value)


def relevance(question: str, answer: str, *, embedder: Embedder) -> float:
    """What ``Relevance`` gives, for any two texts."""
    told = sentences(answer)[:MOST]
    if not told:
        return 0.0
    asked = set(terms(question))
    taken = len(asked & set(terms(answer))) / len(asked) if asked else 0.0
    vectors = embedder.embed([question, *told])
    nearest = max(0.0, min(1.0, float((vectors[1:] @ vectors[0]).max())))
    return round((taken + nearest) / 2 if asked else nearest, 6)
