"""What the answer cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import LOWER, absent


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars; lower is better. An unknown price is no price of 0."""

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = LOWER
    name: str = "cost"

    def __call__(self, sample: Sample) -> Score:
        cost = sample.output.cost
        return absent(self, "the price is not known") if cost is None else Score(self.name, cost)
