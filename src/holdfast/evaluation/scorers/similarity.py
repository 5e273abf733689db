"""The answer means about what the reference means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.ports.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Similarity:
    """Cosine of the embeddings of answer and reference, from -1 to 1; no answer scores 0.

    It sees the topic rather than the truth: "90 %" and "10 %" are close.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    direction: ClassVar[str] = HIGHER
    embedder: Embedder
    name: str = "similarity"

    def __call__(self, sample: Sample) -> Score:
        answer = sample.output.answer
        if not answer.strip():
            return Score(self.name, 0.0)
        first, second = self.embedder.embed([answer, sample.case.reference])
        return Score(self.name, round(float(first @ second), 6))
