"""The answer says what it should."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.evaluation.scorers.words import contains, words


@dataclass(frozen=True, slots=True)
class Facts:
    """The share of the case's facts whose words stand in the answer, next to each other.

    Case, spaces and the way a number is written make no difference: ``90 %`` is in ``ninety
    percent``. It does not understand: use ``similarity`` or a judge for what may be reworded.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("facts",)
    direction: ClassVar[str] = HIGHER
    name: str = "facts"

    def __call__(self, sample: Sample) -> Score:
        said = words(sample.output.answer)
        missing = [fact for fact in sample.case.facts if not contains(said, words(fact))]
        share = 1 - len(missing) / len(sample.case.facts)
        return Score(self.name, share, detail={"missing": missing})
