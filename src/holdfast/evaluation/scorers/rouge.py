"""The answer has the reference's words in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rapidfuzz.distance import LCSseq

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.evaluation.scorers.words import words

LONGEST = 20_000
"""Words that are compared; the time grows with the product."""


@dataclass(frozen=True, slots=True)
class Rouge:
    """ROUGE-L: F1 of the longest common subsequence of words.

    C.-Y. Lin 2004, "ROUGE: a package for automatic evaluation of summaries", Text Summarization
    Branches Out, 74-81.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    direction: ClassVar[str] = HIGHER
    name: str = "rouge"

    def __call__(self, sample: Sample) -> Score:
        said, wanted = words(sample.output.answer), words(sample.case.reference)
        if not said or not wanted:
            return Score(self.name, float(said == wanted))
        common = LCSseq.similarity(said[:LONGEST], wanted[:LONGEST])
        precision, recall = common / len(said), common / len(wanted)
        score = 2 * precision * recall / (precision + recall) if common else 0.0
        detail = {"precision": round(precision, 6), "recall": round(recall, 6)}
        return Score(self.name, round(score, 6), detail=detail)
