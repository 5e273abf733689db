"""What the user wanted was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.facts import Facts
from holdfast.evaluation.scorers.refusal import refuses
from holdfast.evaluation.scorers.relevance import relevance
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.ports.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Resolution:
    """Intent resolution, 0 to 1: answered and not refused, about the question, with its facts.

    The product of not refusing, of relevance (half of it is full marks: answers use words of
    their own), and of the share of facts when the case has any. Where the case expects a refusal,
    refusing is what resolves it.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    embedder: Embedder
    name: str = "resolution"

    def __call__(self, sample: Sample) -> Score:
        case, output = sample.case, sample.output
        refusal = 1.0 if output.status == "blocked" else refuses(output.answer)
        if case.expect == "refuse":
            return Score(self.name, refusal, detail={"refusal": refusal})
        about = relevance(case.question, output.answer, embedder=self.embedder)
        said = Facts()(sample).value if case.facts else 1.0
        value = (1 - refusal) * min(1.0, 2 * about) * float(said or 0.0)
        parts = {"refusal": refusal, "relevance": about, "facts": said}
        return Score(self.name, round(value, 6), detail=parts)
