"""Each claim of the answer, with the evidence it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from holdfast.domain.score import Passage, Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.overlap import Overlap, Pair, Support, coverage
from holdfast.evaluation.scorers.scorer import HIGHER, absent
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.store.lake.terms import terms

CANDIDATES = 3
"""Pieces of evidence that each claim is held against."""
MOST = 100
"""Claims of one answer."""
SHOWN = 300
WINDOW = 3
"""Sentences of a passage that are read together."""


@dataclass(frozen=True, slots=True)
class Grounding:
    """The share of claims that the passages support, by whatever says how probable that is.

    ``support`` is the seam: word overlap by default, a trained judge where there is one. Each
    claim is held against the likeliest pieces of evidence, and ``detail`` points to the best. It
    is ``unsure`` when a claim lies within ``band`` of the threshold.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = HIGHER
    name: str = "grounding"
    support: Support = field(default_factory=Overlap)
    threshold: float = 0.5
    band: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise UsageError(f"scorer {self.name!r}: threshold {self.threshold!r} is not in (0, 1)")
        if not 0 <= self.band < 1:
            raise UsageError(f"scorer {self.name!r}: band {self.band!r} is not in [0, 1)")

    def __call__(self, sample: Sample) -> Score:
        passages = sample.output.passages
        told = claims(sample.output.answer)
        if not told:
            return absent(self, "the answer claims nothing")
        if not passages:
            return absent(self, "the output has no passages")
        pieces = [(passage, text) for passage in passages for text in windows(passage.text)]
        chosen = [_likeliest(claim, pieces) for claim in told]
        pairs = [
            Pair(claim, text) for claim, near in zip(told, chosen, strict=True) for _, text in near
        ]
        supports = iter(self.support(pairs))
        found = [
            self._weighed(claim, [(next(supports), *piece) for piece in near])
            for claim, near in zip(told, chosen, strict=True)
        ]
        share = sum(one["supported"] for one in found) / len(found)
        unsure = any(abs(one["support"] - self.threshold) < self.band for one in found)
        return Score(self.name, share, unsure=unsure, detail={"claims": found})

    def _weighed(self, claim: str, held: list[tuple[float, Passage, str]]) -> dict[str, Any]:
        support, passage, text = max(held, key=lambda one: one[0])
        return {
            "claim": claim[:SHOWN],
            "support": round(float(support), 6),
            "supported": bool(support >= self.threshold),
            "passage": passage.id,
            "path": passage.path,
            "evidence": text[:SHOWN],
        }


def claims(answer: str) -> list[str]:
    """The sentences of an answer that claim something: no questions, no courtesies."""
    told = sentences(answer)
    return [one for one in told if terms(one) and not one.endswith(("?", "\uff1f"))][:MOST]


def windows(text: str) -> list[str]:
    """Pieces of a passage of a few sentences each, overlapping; a short one is a single piece."""
    told = sentences(text)
    last = max(1, len(told) - WINDOW + 1)
    return [" ".join(told[start : start + WINDOW]) for start in range(last)]


def _likeliest(claim: str, pieces: list[tuple[Passage, str]]) -> list[tuple[Passage, str]]:
    ranked = sorted(pieces, key=lambda piece: -coverage(claim, piece[1]))
    return ranked[:CANDIDATES]
