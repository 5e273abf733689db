"""The answer is the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.evaluation.scorers.words import words


@dataclass(frozen=True, slots=True)
class Exact:
    """An assertion: answer and reference have the same words and numbers in the same order.

    Case, punctuation and the way a number is written make no difference, unless ``strict``.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    direction: ClassVar[str] = HIGHER
    name: str = "exact"
    strict: bool = False

    def __call__(self, sample: Sample) -> Score:
        answer, reference = sample.output.answer, sample.case.reference
        if self.strict:
            return Score(self.name, answer == reference)
        return Score(self.name, words(answer) == words(reference))
