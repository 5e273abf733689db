"""How well a statement answers a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import Stemmer
from numpy.typing import NDArray

from holdfast.adapters.extractive.read import Task
from holdfast.adapters.extractive.split import Statement, split
from holdfast.ports.embedder import Embedder

Vectors: TypeAlias = NDArray[np.float64]
"""Shape (n, dimensions), rows of unit length."""

WORD = re.compile(r"[^\W_]+")
STOP = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did",
        "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is",
        "it", "its", "long", "many", "may", "me", "much", "my", "of", "often", "on", "or", "our",
        "s", "so", "t", "than", "that", "the", "their", "them", "then", "there", "these", "they",
        "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whom",
        "whose", "why", "will", "with", "would", "you", "your", "am", "about", "after", "again",
        "also", "already", "any", "because", "before", "between", "both", "during", "each", "get",
        "got", "he", "her", "here", "him", "his", "just", "like", "make", "more", "most", "now",
        "only", "other", "out", "over", "please", "she", "should", "some", "such", "take", "tell",
        "too", "under", "up", "very", "want", "while",
    }
)  # fmt: skip

COVERED, ABOVE, BEFORE, PASSAGE = 0.42, 0.10, 0.14, 0.18
"""Weights of the question's terms found in the statement, only in its headings, only in the
statement before it, and anywhere in its passage."""
SIMILAR = 0.21
"""Weight of the cosine between question and statement."""
FIRST = 0.035
"""Weight of the passage's place: 1 for the first, 1/2 for the second ..."""
KIND = 0.07
"""Weight of having what the question asks for: a time, a number, a name, a reason."""
SHORT, EMPTY, QUESTION = -0.10, -0.035, -0.28
"""Penalties: few words, nothing beyond the question's words, itself a question."""
FEW_WORDS = 5
DIGITS = 6

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million|"
    "billion|half|twice|once|first|second|third|dozen"
)
_MEASURED = r"percent\w*|number|amount|age|temperature|size|price|cost|fee|rate|order value|value"
_QUANTITY = r"many|much|long|old|far|tall|large|big|often|late|early|high|fast|deep"
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str], float, float], ...] = (
    (
        re.compile(r"\bwhen\b|\bwhat (?:year|date|day|month|time|century)\b", re.IGNORECASE),
        re.compile(
            rf"\b(?:1\d{{3}}|20\d\d)s?\b|\b(?:{_MONTHS}|{_DAYS})\b|\d{{1,2}}:\d\d|\bcentury\b"
            r"|\b\d+ (?:days?|weeks?|months?|years?|hours?|minutes?)"
        ),
        1.0,
        -1.0,
    ),
    (
        re.compile(
            rf"\bhow (?:{_QUANTITY})\b|\b(?:what|which) (?:{_MEASURED})\b|\bby what\b|\bat what\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\d|\b(?:{_NUMBERS})\b", re.IGNORECASE),
        1.0,
        -1.0,
    ),
    (re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE), NAME, 0.5, -0.5),
    (re.compile(r"\bwhere\b", re.IGNORECASE), NAME, 0.3, -0.3),
    (
        re.compile(r"\bwhy\b", re.IGNORECASE),
        re.compile(r"\b(?:because|due to|since|so that|as a result|reason)\b", re.IGNORECASE),
        1.0,
        0.0,
    ),
)
"""What a question asks for, what a statement shows then, and what having or lacking it counts."""

_stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Scored:
    """A statement with its score, in reading order; ``passage`` and ``place`` say where it is."""

    statement: Statement
    passage: int
    place: int
    score: float
    """About 1 for a statement that says all the question asks about; rounded to six decimals."""


def score(task: Task, embedder: Embedder) -> tuple[list[Scored], Vectors]:
    """All statements of the passages in reading order, and their vectors."""
    found = [
        (p, i, statement)
        for p, passage in enumerate(task.passages)
        for i, statement in enumerate(split(passage.text))
    ]
    if not found:
        return [], np.zeros((0, embedder.dimensions))
    vectors = embedder.embed([task.question, *(s.text for _, _, s in found)]).astype(np.float64)
    similar = vectors[1:] @ vectors[0]
    words = [terms(statement.text) for _, _, statement in found]
    wanted = _Wanted(task.question, words)
    passages = [frozenset(terms(f"{p.title} {p.text}")) for p in task.passages]
    scored: list[Scored] = []
    for k, (p, i, statement) in enumerate(found):
        before = frozenset(words[k - 1]) if statement.follows else frozenset()
        above = frozenset(terms(f"{task.passages[p].title} {statement.context}"))
        value = (
            wanted.share(frozenset(words[k]), above=above, before=before)
            + PASSAGE * wanted.covered(passages[p])
            + SIMILAR * float(similar[k])
            + FIRST / (1 + p)
            + wanted.form(statement.text, words[k])
        )
        scored.append(Scored(statement, p, i, round(value, DIGITS)))
    return scored, vectors[1:]


def terms(text: str) -> list[str]:
    """Stems of a text's words in order, stop words left out."""
    words = [word for word in WORD.findall(text.casefold()) if word not in STOP]
    return list(_stemmer.stemWords(words))


class _Wanted:
    """What a question asks for: its terms, the rarer the weightier, and the kind of answer."""

    def __init__(self, question: str, statements: Sequence[Sequence[str]]) -> None:
        frequency = Counter(term for words in statements for term in set(words))
        count = len(statements)
        weights = {term: math.log(1 + count / (frequency[term] + 0.5)) for term in terms(question)}
        total = sum(weights.values()) or 1.0
        self._weights = {term: weight / total for term, weight in weights.items()}
        self._kind = next((kind for kind in KINDS if kind[0].search(question)), None)

    def covered(self, words: frozenset[str]) -> float:
        """The share of the question's weight that words hold, 0 to 1."""
        return sum(weight for term, weight in self._weights.items() if term in words)

    def share(
        self, words: frozenset[str], *, above: frozenset[str], before: frozenset[str]
    ) -> float:
        return (
            COVERED * self.covered(words)
            + ABOVE * self.covered(above - words)
            + BEFORE * self.covered(before - words - above)
        )

    def form(self, text: str, words: Sequence[str]) -> float:
        """What the outer form of a statement counts."""
        value = 0.0
        if self._kind is not None:
            _, shows, having, lacking = self._kind
            value += KIND * (having if shows.search(text) else lacking)
        if len(WORD.findall(text)) < FEW_WORDS:
            value += SHORT
        if len(set(words) - self._weights.keys()) <= 1:
            value += EMPTY
        if text.endswith("?"):
            value += QUESTION
        return value
