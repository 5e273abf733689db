"""The answer does not say what it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from holdfast.domain.score import Sample, Score
from holdfast.evaluation.scorers.scorer import HIGHER
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.evaluation.scorers.words import contains, words

NEGATORS = frozenset(
    "no not never none neither nor without cannot can't don't doesn't didn't isn't aren't wasn't "
    "weren't won't wouldn't shouldn't couldn't hasn't haven't false incorrect untrue wrong".split()
)
EMPHATIC = frozenset({"doubt", "only", "longer", "problem", "wonder", "matter", "question"})
"""After 'no' and 'not' they deny nothing: 'no doubt', 'not only'."""
AUXILIARIES = frozenset("is are was were does do did has have can will would".split())
BEFORE, AFTER = 6, 3
"""Words around a claim in which a denial counts."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """An assertion: no forbidden claim stands in the answer as one.

    A claim that its own sentence denies ("there is no 90 % discount") is not made; with
    ``denials`` off, its words may not stand there at all.
    """

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("forbidden",)
    direction: ClassVar[str] = HIGHER
    name: str = "forbidden"
    denials: bool = True

    def __call__(self, sample: Sample) -> Score:
        answer = sample.output.answer
        spoken = [words(sentence) for sentence in sentences(answer)]
        everything = words(answer)
        found: list[str] = []
        denied: list[str] = []
        for claim in sample.case.forbidden:
            phrase = words(claim)
            if not contains(everything, phrase):
                continue
            within = [said for said in spoken if contains(said, phrase)]
            negated = within and all(_denied(said, phrase) for said in within)
            (denied if self.denials and negated else found).append(claim)
        return Score(self.name, not found, detail={"found": found, "denied": denied})


def _denied(said: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether every occurrence of a phrase in a sentence has a denial near it."""
    size = len(phrase)
    places = [i for i in range(len(said) - size + 1) if list(said[i : i + size]) == list(phrase)]
    return all(
        _negates(said[max(0, i - BEFORE) : i]) or _takes_back(said[i + size : i + size + AFTER])
        for i in places
    )


def _negates(before: Sequence[str]) -> bool:
    return any(
        word in NEGATORS and after not in EMPHATIC for word, after in pairwise([*before, ""])
    )


def _takes_back(after: Sequence[str]) -> bool:
    """``is not``, ``does not``, ``isn't`` right behind the claim."""
    return any(
        (first in AUXILIARIES and second in NEGATORS)
        or (first in NEGATORS and first.endswith("n't"))
        for first, second in pairwise([*after, ""])
    )
