"""How the answer sounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import LABEL
from holdfast.evaluation.scorers.toxicity import toxicity
from holdfast.evaluation.scorers.words import fold

HOSTILE = "hostile"
NEUTRAL = "neutral"
READ = 20_000
MARKS: Mapping[str, str] = {
    "apologetic": r"\b(?:sorry|apolog(?:y|ies|i[sz]e)|regret|unfortunately|excuse us)\b",
    "friendly": (
        r"\b(?:glad|happy to|of course|you're welcome|thank(?:s| you)|feel free|great question|"
        r"hope (?:this|that) helps|enjoy|welcome|delighted|cheers)\b"
    ),
    "enthusiastic": r"!|\b(?:amazing|awesome|fantastic|wonderful|absolutely|excited|love)\b",
    "dismissive": (
        r"\b(?:obviously|whatever|as i (?:already )?said|not my problem|figure it out|read the "
        r"manual|just google|your own fault|stop asking|who cares|deal with it)\b"
    ),
    "uncertain": (
        r"\b(?:maybe|perhaps|possibly|might|not (?:entirely )?sure|i think|i believe|it seems|"
        r"probably|unclear)\b"
    ),
    "formal": (
        r"\b(?:pursuant|hereby|herein|kindly|please note|in accordance|shall|therefore|furthermore|"
        r"regarding|dear (?:sir|madam|customer)|sincerely|yours faithfully)\b"
    ),
}
COMPILED = {name: re.compile(pattern) for name, pattern in MARKS.items()}
LEAST = 1.0
"""Marks per hundred words below which a text is neutral."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A label: apologetic, friendly, enthusiastic, dismissive, uncertain, formal, hostile, neutral.

    By the marks that stand closest together; English only.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = LABEL
    name: str = "tone"

    def __call__(self, sample: Sample) -> Score:
        text = fold(sample.output.answer[:READ])
        rude, _ = toxicity(text)
        hundreds = max(1.0, len(text.split()) / 100)
        rates = {
            name: round(len(mark.findall(text)) / hundreds, 3) for name, mark in COMPILED.items()
        }
        best = max(rates, key=rates.__getitem__)
        label = HOSTILE if rude >= 0.5 else best if rates[best] >= LEAST else NEUTRAL  # noqa: PLR2004
        return Score(self.name, label, detail={"per 100 words": rates})
