"""Passages of different documents that contradict each other.

Two sentences that are worded alike and differ in a number, a denial, an opposite, a name or another
word *may* contradict each other. Whether they do, the embedded judge is asked, both ways round: of
two that agree, each backs the other. What differs because the documents are about different things,
by the words of their headings and paths, is no contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from holdfast.evaluation.meaning import DENIALS
from holdfast.evaluation.scorers.overlap import Pair, Support
from holdfast.evaluation.scorers.words import numeric, words
from holdfast.observation.drift.corpus import Piece
from holdfast.statistics.require import Floats
from holdfast.store.lake.terms import terms

__all__ = ["Collision", "claims", "collisions", "plain"]

Kind: TypeAlias = Literal["number", "negation", "opposite", "name", "word"]
NEAR = 0.7
"""Cosine from which two passages are held against each other."""
ALIKE = 75.0
"""Likeness of two sentences, without their numbers and denials, from which they are compared."""
CHANGED = 3
"""Words that may stand for others; with more, two sentences are two statements."""
BACKED: dict[Kind, float] = {
    "number": 0.5,
    "negation": 0.5,
    "opposite": 0.75,
    "name": 0.45,
    "word": 0.25,
}
"""Support, the lower of both ways, up to which two sentences do not agree, by what they differ in.
The more that says of itself, the less the judge must doubt; see ``bench/drift_collisions.py``."""
ORDER: tuple[Kind, ...] = ("number", "negation", "opposite", "name", "word")
JUDGED = 300
"""Pairs that are judged at most, those of the nearest passages first."""
DENIED = DENIALS | {"rarely", "seldom", "hardly", "barely"}
OPPOSITES = {
    frozenset(pair.split("/"))
    for pair in (
        "before/after first/last more/less most/least always/seldom always/rarely "
        "required/optional mandatory/optional allowed/forbidden enabled/disabled enable/disable "
        "includes/excludes included/excluded including/excluding same/different minimum/maximum "
        "earliest/latest faster/slower larger/smaller longer/shorter higher/lower "
        "open/closed opens/closes increase/decrease increases/decreases all/some any/some "
        "public/private above/below synchronous/asynchronous with/without inside/outside "
        "accept/refuse accepts/refuses accepted/refused free/paid possible/impossible "
        "above/under over/under"
    ).split()
}
ENDED = re.compile(r"(?<=[.!?])\s+|\n+")
FENCE = re.compile(r"^\s*(?:```|~~~)")
CODE = re.compile(
    r"[<>{}|=`~]|://|^\s*(?:\$|//|@|>>>)"
    r"|^(?:from|import|def|class|async|await|return|RUN|COPY|CMD|FROM|pip|INFO:?)\s.*[^.!?]$"
)
MARKS = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|!?\[([^\]]*)\]\([^)]*\)")
NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w-]+")
LEAST = 4
LETTERS = 0.75
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Collision:
    """Two passages of different documents, and the sentences of theirs that do not agree.

    ``support`` is how probable the judge finds it that one backs the other, the lower of both ways.
    """

    kind: Kind
    paths: tuple[str, str]
    sentences: tuple[str, str]
    similarity: float
    support: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    said: tuple[str, ...]
    bare: str
    """Without numbers and denials."""

    @classmethod
    def of(cls, text: str) -> _Sentence:
        said = tuple(words(text))
        return cls(text, said, " ".join(w for w in said if not numeric(w) and w not in DENIED))


@dataclass(frozen=True, slots=True)
class _Passage:
    """The sentences of a passage that claim something, and what its document is about."""

    path: str
    sentences: tuple[_Sentence, ...]
    subject: frozenset[int]

    @classmethod
    def of(cls, piece: Piece) -> _Passage:
        about = re.sub(r"[\W_]+", " ", f"{piece.path} {piece.heading}")
        told = tuple(_Sentence.of(text) for text in claims(piece.text))
        return cls(piece.path, told, frozenset(terms(about)))


def collisions(
    pieces: Sequence[Piece], *, vectors: Floats, support: Support, most: int = 20
) -> tuple[Collision, ...]:
    """Near-duplicates of different documents that contradict each other, the nearest first.

    ``vectors`` has a row for each piece; ``support`` judges whether two sentences agree.
    """
    passages = [_Passage.of(piece) for piece in pieces]
    found: dict[frozenset[str], Collision] = {}
    for i, j, cosine in _pairs(vectors.astype(np.float32)):
        if passages[i].path != passages[j].path:
            for told in _told(passages[i], passages[j], cosine):
                found.setdefault(frozenset(told.sentences), told)
    asked = sorted(found.values(), key=lambda c: (-c.similarity, c.sentences))[:JUDGED]
    both = [Pair(*c.sentences) for c in asked] + [Pair(*c.sentences[::-1]) for c in asked]
    lower = np.asarray(support(both), dtype=np.float64).reshape(2, -1).min(axis=0).tolist()
    sure = [
        Collision(c.kind, c.paths, c.sentences, c.similarity, round(backed, 3))
        for c, backed in zip(asked, lower, strict=True)
        if backed <= BACKED[c.kind]
    ]
    sure.sort(key=lambda c: (ORDER.index(c.kind), -c.similarity, c.sentences))
    return tuple(sure[:most])


def claims(text: str) -> Iterator[str]:
    """The sentences of a passage that claim something: no code, no heading, no lead-in.

    >>> list(claims("# Returns\\n\\nShoes come **back** within 30 days.\\n\\n```\\nx, y\\n```"))
    ['Shoes come back within 30 days.']
    """
    for line in _prose(text):
        for piece in ENDED.split(line):
            sentence = plain(piece).strip(" #*->|\t")
            if len(sentence.split()) >= LEAST and _language(sentence):
                yield sentence


def plain(text: str) -> str:
    """Markdown without its emphasis and the targets of its links.

    >>> plain("See [the *rules*](rules.md) of `my_shop`")
    'See the rules of `my_shop`'
    """
    return MARKS.sub(r"\1", MARKS.sub(r"\1", text))


def _pairs(vectors: NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
    for start in range(0, len(vectors), _BLOCK):
        alike = vectors[start : start + _BLOCK] @ vectors.T
        for row, column in zip(*np.nonzero(alike >= NEAR), strict=True):
            if start + row < column:
                yield int(start + row), int(column), float(alike[row, column])


def _told(one: _Passage, other: _Passage, cosine: float) -> Iterator[Collision]:
    for first in one.sentences:
        for second in other.sentences:
            if first.said == second.said or not _alike(first, second):
                continue
            kind = _differ(first, second, subjects=(one.subject, other.subject))
            if kind is not None:
                paths, told = (one.path, other.path), (first.text, second.text)
                yield Collision(kind, paths, told, round(cosine, 3))


def _alike(first: _Sentence, second: _Sentence) -> bool:
    return (
        fuzz.ratio(first.bare, second.bare, score_cutoff=ALIKE) > 0
        or fuzz.token_sort_ratio(first.bare, second.bare, score_cutoff=ALIKE) > 0
    )


def _prose(text: str) -> Iterator[str]:
    """The lines of a passage that are neither fenced code nor headings."""
    lines = text.splitlines()
    fences = [place for place, line in enumerate(lines) if FENCE.match(line)]
    # A passage may begin inside code: its first fence names no language, and ends it.
    inside = (
        len(fences) % 2 == 1
        and lines[fences[0]].strip(" `~") == ""
        and any(CODE.search(line) for line in lines[: fences[0]])
    )
    for line in lines:
        if FENCE.match(line):
            inside = not inside
        elif not inside and not line.lstrip().startswith("#"):
            yield line


def _language(sentence: str) -> bool:
    """Whether it is language, and no code, markup or log line, nor leads in what follows."""
    if CODE.search(sentence) or sentence.endswith(":"):
        return False
    letters = sum(letter.isalpha() or letter == " " for letter in sentence)
    return letters >= LETTERS * len(sentence)


def _differ(
    first: _Sentence, second: _Sentence, *, subjects: tuple[frozenset[int], frozenset[int]]
) -> Kind | None:
    """What two sentences that otherwise say the same differ in; None: not in what they claim."""
    changes = _changes(first.said, second.said)
    gone = [word for old, _ in changes for word in old]
    come = [word for _, new in changes for word in new]
    if max(len(gone), len(come)) > CHANGED or _apart(gone, come, subjects=subjects):
        return None
    names = _named(first.text, gone) and _named(second.text, come)
    if any(any(map(numeric, old)) and any(map(numeric, new)) for old, new in changes):
        return None if names else "number"
    if any(frozenset((a, b)) in OPPOSITES for old, new in changes for a in old for b in new):
        return "opposite"
    if bool(DENIED & set(first.said)) != bool(DENIED & set(second.said)):
        return "negation"
    # What only one of them says is a detail of it, and nothing that the other says otherwise.
    if not any(set(old) - DENIED and set(new) - DENIED for old, new in changes):
        return None
    return "name" if names else "word"


def _changes(first: Sequence[str], second: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return [
        (list(first[a:b]), list(second[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _apart(
    gone: Sequence[str], come: Sequence[str], *, subjects: tuple[frozenset[int], frozenset[int]]
) -> bool:
    """Whether words that differ are what one document is about, and the other is not."""
    old, new = (set(terms(" ".join(part))) for part in (gone, come))
    return bool(old & (subjects[0] - subjects[1]) or new & (subjects[1] - subjects[0]))


def _named(sentence: str, changed: Sequence[str]) -> bool:
    """Whether a name is among the words that differ."""
    names = {word for name in NAME.findall(sentence) for word in words(name)}
    return bool(names & set(changed))
