"""BM25 over the live chunks of an index.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). The
statistics (how many chunks, how many hold a term, their mean length) are those of the live chunks
alone, so what is not live cannot move a score.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.store.lake.best import DIGITS, best
from holdfast.store.lake.index import LiveRows, Part

K1, B = 1.2, 0.75
BUDGET = 50_000
"""Occurrences in live chunks that candidates are gathered from, rarest terms first."""
CANDIDATES = 500
"""Chunks that are scored with all terms."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Positions in the index, ascending, and their scores."""

    places: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of the question: its weight, and its list in each part."""

    weight: float
    frequency: int
    lists: tuple[tuple[Part, int, int], ...]


@dataclass(frozen=True, slots=True)
class _List:
    """Chunks that hold a term, ascending, and how often they do."""

    places: NDArray[np.integer]
    times: NDArray[np.uint16]

    def counts(self, places: NDArray[np.integer]) -> NDArray[np.float64]:
        """How often each of some chunks holds the term."""
        at = np.minimum(np.searchsorted(self.places, places), len(self.places) - 1)
        return np.where(self.places[at] == places, self.times[at], 0).astype(np.float64)


_scratch = threading.local()


def lexical(live: LiveRows, question: Sequence[int]) -> Scored:
    """The chunks that BM25 finds for a question's terms, with scores of six decimals.

    The rarest terms gather candidates, as many as the budget allows and at least one; the rest
    only score them. Terms in no live chunk do not count.
    """
    terms = _weighed(live, question)
    if not terms:
        return Scored(np.empty(0, np.int64), np.empty(0, np.float64))
    rare = _affordable(live, terms)
    places = _candidates(live, terms, rare)
    scores = np.zeros(len(places))
    lengths = K1 * (1 - B + B * live.index.lengths[places] / live.average)
    for i, term in enumerate(terms):
        counts = rare[i].counts(places) if i < len(rare) else _counts(term, places)
        scores += term.weight * counts * (K1 + 1) / (counts + lengths)
    return Scored(places, scores.round(DIGITS))


def _weighed(live: LiveRows, question: Sequence[int]) -> list[_Term]:
    """The question's terms that live chunks hold, rarest first."""
    asked = Counter(question)
    codes = np.array(sorted(asked), np.uint32)
    parts = [
        (part, part.segment.lists(codes))
        for part, shown in zip(live.index.parts, live.shown, strict=True)
        if shown
    ]
    terms = []
    for i, code in enumerate(codes.tolist()):
        lists = tuple((part, *spans[i]) for part, spans in parts if spans[i][0] < spans[i][1])
        if code not in live.frequencies:
            live.frequencies[code] = sum(_count(live, *one) for one in lists)
        frequency = live.frequencies[code]
        if frequency:
            rarity = math.log(1 + (live.count - frequency + 0.5) / (frequency + 0.5))
            terms.append((frequency, code, _Term(asked[code] * rarity, frequency, lists)))
    return [term for _, _, term in sorted(terms, key=lambda each: each[:2])]


def _count(live: LiveRows, part: Part, start: int, stop: int) -> int:
    """How many live chunks of a part hold a term."""
    if part.start in live.whole:
        return stop - start
    mask = live.mask[part.start : part.stop]
    return int(np.count_nonzero(mask[part.segment.places[start:stop]]))


def _affordable(live: LiveRows, terms: Sequence[_Term]) -> list[_List]:
    """The lists of the rarest terms: as many as the budget allows, and at least one."""
    lists: list[_List] = []
    spent = 0
    for term in terms:
        spent += term.frequency
        if lists and spent > BUDGET:
            break
        lists.append(_list(live, term))
    return lists


def _list(live: LiveRows, term: _Term) -> _List:
    places = np.concatenate(
        [part.segment.places[start:stop] + np.int64(part.start) for part, start, stop in term.lists]
    )
    times = np.concatenate([part.segment.counts[start:stop] for part, start, stop in term.lists])
    if len(places) > term.frequency:
        shown = live.mask[places]
        places, times = places[shown], times[shown]
    return _List(places, times)


def _candidates(
    live: LiveRows, terms: Sequence[_Term], lists: Sequence[_List]
) -> NDArray[np.int64]:
    """Positions of the chunks that the lists promise most for, ascending."""
    sums = _zeros(len(live.index))
    base, slope = np.float32(K1 * (1 - B)), np.float32(K1 * B / live.average)
    for term, one in zip(terms, lists, strict=False):
        times = one.times.astype(np.float32)
        lengths = live.index.lengths[one.places]
        sums[one.places] += np.float32(term.weight) * times / (times + base + slope * lengths)
    found, scores = _emptied(sums, lists)
    kept = best(scores, CANDIDATES, names=lambda i: live.index.names(found[i]))
    return np.sort(found[kept])


def _counts(term: _Term, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often chunks hold a term whose list is too long to be gathered."""
    found = np.zeros(len(places))
    for part, start, stop in term.lists:
        first, last = np.searchsorted(places, (part.start, part.stop)).tolist()
        if first < last:
            listed = _List(part.segment.places[start:stop], part.segment.counts[start:stop])
            found[first:last] = listed.counts((places[first:last] - part.start).astype(np.uint16))
    return found


def _zeros(size: int) -> NDArray[np.float32]:
    """This thread's array of zeros, used again by every question."""
    held: NDArray[np.float32] | None = getattr(_scratch, "sums", None)
    if held is None or len(held) < size:
        held = _scratch.sums = np.zeros(size, np.float32)
    return held


def _emptied(
    sums: NDArray[np.float32], lists: Sequence[_List]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """What was summed, each position once; the sums are zero again afterwards."""
    places, scores = [], []
    for one in lists:
        held = sums[one.places]
        sums[one.places] = 0
        new = held > 0
        places.append(one.places[new])
        scores.append(held[new])
    return np.concatenate(places), np.concatenate(scores)
