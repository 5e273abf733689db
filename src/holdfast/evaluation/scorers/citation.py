"""Every sentence of the answer stands in some passage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.overlap import coverage
from holdfast.evaluation.scorers.scorer import HIGHER, absent
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.store.lake.terms import terms

SHOWN = 200
MOST = 200
"""Sentences of an answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The share of sentences whose best passage has at least ``threshold`` of their words.

    ``detail`` points from each sentence to that passage. Sentences that say nothing ("Sure!") do
    not count.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    name: str = "citation"
    threshold: float = 0.6

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise UsageError(f"scorer {self.name!r}: threshold {self.threshold!r} is not in (0, 1]")

    def __call__(self, sample: Sample) -> Score:
        passages = sample.output.passages
        if not passages:
            return absent(self, "the output has no passages")
        told = [s for s in sentences(sample.output.answer) if terms(s)][:MOST]
        if not told:
            return absent(self, "the answer says nothing")
        found = []
        for sentence in told:
            supports = [coverage(sentence, passage.text) for passage in passages]
            best = max(range(len(passages)), key=supports.__getitem__)
            found.append(
                {
                    "sentence": sentence[:SHOWN],
                    "passage": passages[best].id,
                    "path": passages[best].path,
                    "support": round(supports[best], 6),
                }
            )
        cited = sum(float(str(one["support"])) >= self.threshold for one in found)
        return Score(self.name, cited / len(found), detail={"sentences": found})
