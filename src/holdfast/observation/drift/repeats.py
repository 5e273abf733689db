"""Questions that come again: do their answers differ more than they always did?

A model at a temperature says one thing today and another tomorrow, and people ask other things. So
answers are compared with those that the same question was given before, question by question: what
its own answers always varied is no change, and neither is another mix of questions.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from holdfast.domain.decision import ANSWERED
from holdfast.evaluation.meaning import ALIKE, claims
from holdfast.observation.drift.columns import Embed
from holdfast.observation.drift.seen import Seen
from holdfast.pipeline.signature import signature
from holdfast.statistics.drift.gamblers import Gamblers
from holdfast.statistics.drift.within import Within, within
from holdfast.statistics.overlap import average_overlap, jaccard
from holdfast.statistics.require import Floats, Ints

__all__ = ["RECALLED", "Repeats"]

SAME = 0.9
"""Cosine from which two questions with the same numbers and denials are one."""
LEAST = 3
"""Answers that a question must have in the reference to say what is usual."""
MOST = 200
"""Answers of a question that are remembered; the reference's newest, then what comes."""
RECALLED = 2_000
"""Decisions of a reference that are looked at, the newest."""
FAR = 0.5
"""A decision is odd when it is so far from its question's others, and farther than they are."""

Item = Any
Apart = Callable[[Item, Sequence[Item]], Floats]


@dataclass(frozen=True, slots=True)
class _Aspect:
    """What of a decision is compared, how far two of them are apart (0 to 1), and in words."""

    of: Callable[[Sequence[Seen], Embed], list[Item | None]]
    apart: Apart
    said: str


def _answers(rows: Sequence[Seen], embed: Embed) -> list[Item | None]:
    """Fresh answers with their vectors and claims; one from the cache is the old one once more."""
    fresh = [
        place
        for place, row in enumerate(rows)
        if row.answer and row.fact.status == ANSWERED and not row.fact.cached
    ]
    found: list[Item | None] = [None] * len(rows)
    if fresh:
        texts = [" ".join(rows[place].answer.split()) for place in fresh]
        for place, text, vector in zip(fresh, texts, embed(texts), strict=True):
            found[place] = (text, vector, claims(text))
    return found


def _mean_otherwise(one: Item, others: Sequence[Item]) -> Floats:
    _, vector, said = one
    # Most often a question is answered in the same words: what is equal is compared once.
    texts = {other[0]: other for other in others}
    near = np.array([other[1] for other in texts.values()]) @ vector
    same = np.array([other[2] == said for other in texts.values()]) & (near >= ALIKE)
    known = dict(zip(texts, (1.0 - same).tolist(), strict=True))
    return np.array([known[other[0]] for other in others])


def _passages(rows: Sequence[Seen], _: Embed) -> list[Item | None]:
    return [tuple(hit.chunk for hit in row.found) or None for row in rows]


def _ranked_otherwise(one: Item, others: Sequence[Item]) -> Floats:
    return _unlike(one, others, average_overlap)


def _others_found(one: Item, others: Sequence[Item]) -> Floats:
    return _unlike(one, others, jaccard)


def _unlike(one: Item, others: Sequence[Item], alike: Callable[[Item, Item], float]) -> Floats:
    known = {other: 1.0 - alike(one, other) for other in set(others)}
    return np.array([known[other] for other in others])


ASPECTS: Mapping[str, _Aspect] = MappingProxyType(
    {
        "answer.change": _Aspect(_answers, _mean_otherwise, "mean something else"),
        "retrieval.churn": _Aspect(_passages, _ranked_otherwise, "of the ranking is another"),
        "retrieval.overlap": _Aspect(_passages, _others_found, "of the passages are others"),
    }
)


@lru_cache(maxsize=4_096)
def _signature(question: str) -> str:
    """As ``signature``; each signal asks for that of the same questions."""
    return signature(question)


class _Questions:
    """Which known question is asked: by its words, or by what it means."""

    def __init__(self, asked: Sequence[str], embed: Embed) -> None:
        """The first questions lead; those that mean the same follow them."""
        self._embed = embed
        self._leads: list[tuple[Floats, Any]] = []
        self._known: dict[str, int] = {}
        for text, vector in zip(asked, embed(asked) if asked else (), strict=True):
            self._known.setdefault(_signature(text), self._lead(text, vector, add=True))

    def place(self, asked: Sequence[str]) -> list[int]:
        """The number of each question, -1 for one that is not known."""
        new = list(dict.fromkeys(text for text in asked if _signature(text) not in self._known))
        found = dict(zip(new, self._embed(new) if new else (), strict=True))
        return [
            self._known[_signature(text)]
            if text not in found
            else self._lead(text, found[text], add=False)
            for text in asked
        ]

    def _lead(self, text: str, vector: Floats, *, add: bool) -> int:
        said = claims(text)
        if self._leads:
            near = np.array([one for one, _ in self._leads]) @ vector
            near[[told != said for _, told in self._leads]] = -1.0
            if near.max() >= SAME:
                return int(near.argmax())
        if add:
            self._leads.append((vector, said))
            return len(self._leads) - 1
        return -1


@dataclass(slots=True)
class _Bag:
    """What one question was answered; ``sums`` are each one's distances to all the others."""

    items: list[Item] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)
    usual: int = 0
    """How many are the reference's."""

    def copy(self) -> _Bag:
        return _Bag([*self.items], [*self.decisions], [*self.sums], self.usual)

    def add(self, decision: str, item: Item, apart: Apart) -> float:
        """Take one; returns its distance to all others."""
        far = apart(item, self.items) if self.items else np.empty(0)
        total = float(far.sum())
        if len(self.items) < MOST:
            self.sums = [own + more for own, more in zip(self.sums, far.tolist(), strict=True)]
            self.items.append(item)
            self.decisions.append(decision)
            self.sums.append(total)
        return total


class Repeats:
    """One signal of questions that the reference asks again and again.

    Args:
        name: the signal.
        rows: decisions of the reference, in the order they came.
        embed: of questions and answers.
        seed: breaks ties.
    """

    def __init__(self, name: str, rows: Sequence[Seen], *, embed: Embed, seed: int = 0) -> None:
        self.name = name
        self._aspect = ASPECTS[name]
        self._embed = embed
        self._rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
        self._gamblers = Gamblers()
        newest = [row for row in rows[-RECALLED:] if row.fact.told and row.fact.question]
        self._questions = _Questions([row.fact.question for row in newest], embed)
        self._bags: dict[int, _Bag] = {}
        for place, decision, item in self._items(newest):
            self._bags.setdefault(place, _Bag()).add(decision, item, self._aspect.apart)
        for place in [place for place, bag in self._bags.items() if len(bag.items) < LEAST]:
            del self._bags[place]
        for bag in self._bags.values():
            bag.usual = len(bag.items)

    @property
    def questions(self) -> int:
        """How many questions recur."""
        return len(self._bags)

    @property
    def value(self) -> float:
        """The evidence of what it was fed that something changed: an e-value.

        Of each answer: its rank by how far it is from all others of its question, the reference's
        and those since. If nothing changed it is uniform whatever is asked (Mondrian conformal
        prediction: V. Vovk, A. Gammerman and G. Shafer 2005, ch. 4), and that is bet against.
        """
        return self._gamblers.value

    def copy(self) -> Repeats:
        """One that can be fed without this one noticing."""
        made = object.__new__(Repeats)
        made.__dict__.update(self.__dict__)
        made._bags = {place: bag.copy() for place, bag in self._bags.items()}
        made._gamblers = self._gamblers.copy()
        made._rng = np.random.default_rng()
        made._rng.bit_generator.state = self._rng.bit_generator.state
        return made

    def feed(self, rows: Sequence[Seen]) -> None:
        """Bet on the next decisions, in the order they came."""
        ranks = []
        for place, decision, item in self._items(rows):
            bag = self._bags.get(place)
            if bag is None:
                continue
            full = len(bag.items) >= MOST
            own = bag.add(decision, item, self._aspect.apart)
            others = np.array(bag.sums if full else bag.sums[:-1])
            if full:
                # What is no longer taken in is as far from all as those are from all but one.
                own *= (MOST - 1) / MOST
            below = int(np.sum(others < own - _ROUNDING))
            ties = int(np.sum(np.abs(others - own) <= _ROUNDING)) + 1
            ranks.append((below + float(self._rng.random()) * ties) / (len(others) + 1))
        self._gamblers.extend(np.array(ranks))

    def judge(self, window: Sequence[Seen], *, alarm_rate: float) -> tuple[Within, str] | None:
        """Compare the window's answers with the reference's; None when no question of it recurs.

        With what it says in words.
        """
        later: dict[int, list[Item]] = {}
        for place, _, item in self._items(window):
            if place in self._bags:
                later.setdefault(place, []).append(item)
        if not later:
            return None
        groups = []
        for place, new in later.items():
            bag = self._bags[place]
            both = [*bag.items[: bag.usual], *new]
            far = np.array([self._aspect.apart(one, both) for one in both])
            groups.append((far, bag.usual))
        told = within(groups, deals=max(999, round(4 / alarm_rate)))
        n = sum(len(new) for new in later.values())
        return told, (
            f"of {n:,} of {len(later):,} questions that recur {told.across:.0%} "
            f"{self._aspect.said}; {told.usual:.0%} usually"
        )

    def odd(self, rows: Sequence[Seen]) -> Ints:
        """1 for a decision unlike what its question usually gets, 0 for another, -1 for neither."""
        found = np.full(len(rows), -1, dtype=np.int64)
        wanted = {row.fact.decision: number for number, row in enumerate(rows)}
        for place, decision, item in self._items(rows):
            bag = self._bags.get(place)
            if bag is None:
                continue
            usual = [
                one
                for one, own in zip(bag.items[: bag.usual], bag.decisions, strict=False)
                if own != decision
            ]
            far = float(self._aspect.apart(item, usual).mean())
            found[wanted[decision]] = int(far > FAR)
        return found

    def _items(self, rows: Sequence[Seen]) -> list[tuple[int, str, Item]]:
        """The question of each decision that has a known one, its id, and what is compared."""
        told = [row for row in rows if row.fact.told and row.fact.question]
        items = self._aspect.of(told, self._embed)
        kept = [(row, item) for row, item in zip(told, items, strict=True) if item is not None]
        places = self._questions.place([row.fact.question for row, _ in kept])
        return [
            (place, row.fact.decision, item)
            for place, (row, item) in zip(places, kept, strict=True)
            if place >= 0
        ]


_ROUNDING = 1e-9
