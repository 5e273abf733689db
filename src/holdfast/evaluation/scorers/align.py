"""Which sentences of a document a claim is to be held against."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.evaluation.scorers.sentence import sentences
from holdfast.evaluation.scorers.words import numeric, words
from holdfast.store.lake.terms import terms

BUDGET = 64
"""Words of evidence that a claim is held against."""
PIECE = 40
"""Words of one piece; a longer sentence is cut."""
LEAST = 0.02
"""A piece that adds less than this share of the claim's weight is left out."""
LENGTH = 0.002
"""What each word of evidence costs: of two pieces that say the same, the shorter is taken."""


@dataclass(frozen=True, slots=True)
class Document:
    """Texts as pieces of a sentence each, with what they say."""

    pieces: tuple[str, ...]
    sources: tuple[int, ...]
    """The text that each piece is of, by its place."""
    terms: tuple[frozenset[int], ...]
    lengths: tuple[int, ...]
    frequency: Counter[int]


def document(*texts: str) -> Document:
    """Cut texts into pieces that claims can be held against.

    >>> document("We sell shoes. Returns take 30 days.", "Ann founded us.").sources
    (0, 0, 1)
    """
    cut = [
        (place, piece)
        for place, text in enumerate(texts)
        for sentence in sentences(text)
        for piece in _cut(sentence)
    ]
    said = tuple(known(piece) for _, piece in cut)
    return Document(
        pieces=tuple(piece for _, piece in cut),
        sources=tuple(place for place, _ in cut),
        terms=said,
        lengths=tuple(len(piece.split()) for _, piece in cut),
        frequency=Counter(term for one in said for term in one),
    )


def align(claim: str, doc: Document, *, budget: int = BUDGET) -> tuple[int, ...]:
    """Places of the pieces that together say most of a claim, in the document's order.

    Greedy: each step takes the piece that adds most, rare words counting more, until the budget of
    words is spent or nothing is added. Empty only for an empty document.

    >>> doc = document("We sell shoes. Returns take 30 days. Ann founded us.")
    >>> [doc.pieces[place] for place in align("You can return shoes for 30 days.", doc)]
    ['We sell shoes.', 'Returns take 30 days.']
    """
    count = len(doc.pieces)
    wanted = {term: math.log(1 + (count + 1) / (1 + doc.frequency[term])) for term in known(claim)}
    total = sum(wanted.values()) or 1.0
    chosen: list[int] = []
    left = budget
    missing = dict(wanted)
    while len(chosen) < count:
        best, most = -1, 0.0
        for place in range(count):
            if place in chosen or (chosen and doc.lengths[place] > left):
                continue
            found = sum(missing[term] for term in doc.terms[place] if term in missing) / total
            worth = found - LENGTH * doc.lengths[place]
            if found >= LEAST and (best < 0 or worth > most):
                best, most = place, worth
        if best < 0:
            break
        chosen.append(best)
        left -= doc.lengths[best]
        missing = {term: inner for term, inner in missing.items() if term not in doc.terms[best]}
    return tuple(sorted(chosen)) or (0,) * bool(count)


def known(text: str) -> frozenset[int]:
    """The terms of a text, its numbers in one form."""
    numbers = " ".join(word for word in words(text) if numeric(word))
    return frozenset(terms(text)) | frozenset(terms(numbers))


def _cut(sentence: str) -> Sequence[str]:
    said = sentence.split()
    if len(said) <= PIECE:
        return [" ".join(said)]
    count = -(-len(said) // PIECE)
    size = -(-len(said) // count)
    return [" ".join(said[start : start + size]) for start in range(0, len(said), size)]
