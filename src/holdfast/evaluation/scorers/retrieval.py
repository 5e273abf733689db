"""The right documents were found, and found first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.scorer import HIGHER

METRICS = ("recall", "precision", "mrr", "ndcg")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How well the retrieved documents match the relevant ones, among the first ``k``.

    ``recall``: share of the relevant that are there; ``precision``: share of those there that are
    relevant; ``mrr``: 1 over the place of the first; ``ndcg``: discounted gain over the best
    possible (K. Jaervelin and J. Kekaelaeinen 2002, ACM TOIS 20, 422-446). A document counts
    where it is first.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("relevant",)
    direction: ClassVar[str] = HIGHER
    name: str = ""
    metric: str = "recall"
    k: int = 5

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise UsageError(f"retrieval metric {self.metric!r} is none of {', '.join(METRICS)}")
        if self.k < 1:
            raise UsageError(f"retrieval k is {self.k!r}; it must be 1 or more")
        if not self.name:
            object.__setattr__(self, "name", f"{self.metric}@{self.k}")

    def __call__(self, sample: Sample) -> Score:
        wanted = set(sample.case.relevant)
        found = list(dict.fromkeys(sample.output.retrieved))[: self.k]
        places = [place for place, path in enumerate(found, 1) if path in wanted]
        detail = {"missing": sorted(wanted - set(found)), "places": places}
        return Score(
            self.name, round(self._value(places, len(wanted), len(found)), 6), detail=detail
        )

    def _value(self, places: list[int], wanted: int, found: int) -> float:
        if self.metric == "recall":
            return len(places) / wanted
        if self.metric == "precision":
            return len(places) / found if found else 0.0
        if self.metric == "mrr":
            return 1 / places[0] if places else 0.0
        best = sum(1 / math.log2(place + 1) for place in range(1, min(wanted, self.k) + 1))
        return sum(1 / math.log2(place + 1) for place in places) / best
