"""How much of a claim its evidence says, by words and numbers: the baseline of every judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.domain.digest import JsonObject
from holdfast.evaluation.scorers.words import numeric, words
from holdfast.ports.embedder import Embedder
from holdfast.store.lake.terms import terms

STRANGE_NUMBER = 0.4
"""What is left of a support when the evidence does not know a number of the claim."""
MEANING = 0.3
"""Weight of the embeddings' cosine beside the words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and the evidence that may hold it."""

    claim: str
    evidence: str


class Support(Protocol):
    """Says how probable it is that evidence supports a claim, 0 to 1."""

    @property
    def identity(self) -> JsonObject: ...
    def __call__(self, pairs: Sequence[Pair]) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True)
class Overlap:
    """The share of a claim's words that the evidence has; a strange number costs most of it.

    With an embedder, meaning counts too. Not calibrated: 0.7 is no probability.

    >>> Overlap()([Pair("Returns take 30 days.", "You may return it for 30 days.")])
    [0.75]
    """

    embedder: Embedder | None = None

    @property
    def identity(self) -> JsonObject:
        own = self.embedder.identity if self.embedder else None
        return {"kind": "overlap", "version": 1, "embedder": own, "calibrated": False}

    def __call__(self, pairs: Sequence[Pair]) -> list[float]:
        found = [coverage(pair.claim, pair.evidence) for pair in pairs]
        if self.embedder is not None and pairs:
            texts = [text for pair in pairs for text in (pair.claim, pair.evidence)]
            vectors = self.embedder.embed(texts)
            cosines = (vectors[::2] * vectors[1::2]).sum(axis=1).clip(0, 1)
            near = zip(found, cosines, strict=True)
            found = [(1 - MEANING) * said + MEANING * float(cos) for said, cos in near]
        return [round(support, 6) for support in found]


def coverage(claim: str, evidence: str) -> float:
    """The share of a claim's distinct terms in the evidence, less for numbers it does not know."""
    wanted, there = set(terms(claim)), set(terms(evidence))
    if not wanted:
        return 0.0
    share = len(wanted & there) / len(wanted)
    numbers = {word for word in words(claim) if numeric(word)}
    strange = numbers - set(words(evidence))
    return share * STRANGE_NUMBER if strange else share
