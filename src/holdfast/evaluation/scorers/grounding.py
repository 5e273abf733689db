"""Each claim of the answer, with the evidence it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from holdfast.domain.score import Passage, Sample, Score
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.align import Document, align, document
from holdfast.evaluation.scorers.overlap import Overlap, Pair, Support
from holdfast.evaluation.scorers.scorer import HIGHER, absent
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.store.lake.terms import terms

MOST = 100
"""Claims of one answer."""
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Grounding:
    """The share of claims that the passages support, by whatever says how probable that is.

    ``support`` is the seam: word overlap by default, the embedded judge in a project. Each claim
    is held once against the sentences, of any passages, that together say most of it; ``detail``
    has them, and points to the passage that says most. It is ``unsure`` when a claim lies within
    ``band`` of the threshold.
    """

    version: ClassVar[int] = 2
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
        doc = document(*(passage.text for passage in passages))
        chosen = [align(claim, doc) for claim in told]
        pairs = [
            Pair(claim, " ".join(doc.pieces[place] for place in places))
            for claim, places in zip(told, chosen, strict=True)
        ]
        found = [
            self._weighed(pair, support, passage=passages[_source(doc, places)])
            for pair, support, places in zip(pairs, self.support(pairs), chosen, strict=True)
        ]
        share = sum(one["supported"] for one in found) / len(found)
        unsure = any(abs(one["support"] - self.threshold) < self.band for one in found)
        return Score(self.name, share, unsure=unsure, detail={"claims": found})

    def _weighed(self, pair: Pair, support: float, *, passage: Passage) -> dict[str, Any]:
        return {
            "claim": pair.claim[:SHOWN],
            "support": round(float(support), 6),
            "supported": bool(support >= self.threshold),
            "passage": passage.id,
            "path": passage.path,
            "evidence": pair.evidence[:SHOWN],
        }


def claims(answer: str) -> list[str]:
    """The sentences of an answer that claim something: no questions, no courtesies."""
    told = sentences(answer)
    return [one for one in told if terms(one) and not one.endswith(("?", "\uff1f"))][:MOST]


def _source(doc: Document, places: tuple[int, ...]) -> int:
    """The text that most of the chosen words are of; the first, where nothing was chosen."""
    words: dict[int, int] = {}
    for place in places:
        words[doc.sources[place]] = words.get(doc.sources[place], 0) + doc.lengths[place]
    return max(words, key=lambda source: words[source], default=0)
