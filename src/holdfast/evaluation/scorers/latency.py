"""How long the answer took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import LOWER


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from question to answer; lower is better."""

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = LOWER
    name: str = "latency"

    def __call__(self, sample: Sample) -> Score:
        return Score(self.name, float(sample.output.seconds))
