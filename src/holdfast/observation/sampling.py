"""Which decisions are scored: a fair share, some of every slice, and all that look odd."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from holdfast.domain.decision import ANSWERED
from holdfast.observation import outcome
from holdfast.observation.fact import Fact

FAIR: Final = "fair"
SLICE: Final = "slice"
ODD: Final = "odd"
POOR = 0.3
"""Cosine of the best passage below which retrieval looks poor."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is scored.

    ``rate`` of all decisions, drawn by their ids, so that every process draws the same; at least
    ``slices`` of each slice; and with ``odd`` those that look odd.
    """

    rate: float = 0.1
    slices: int = 0
    odd: bool = True


@dataclass(frozen=True, slots=True)
class Pick:
    """A decision to score, and why. Only fair ones enter rates: the others would bend them."""

    fact: Fact
    why: str


def picks(facts: Iterable[Fact], plan: Plan) -> list[Pick]:
    """The decisions to score: the odd ones first, then the fair share, newest first."""
    answered = [fact for fact in facts if fact.status == ANSWERED and fact.told]
    found: list[Pick] = []
    counts: Counter[str] = Counter()
    for fact in sorted(answered, key=lambda fact: draw(fact.decision)):
        if draw(fact.decision) < plan.rate:
            why = FAIR
        elif counts[fact.slice] < plan.slices:
            why = SLICE
        elif plan.odd and odd(fact):
            why = ODD
        else:
            continue
        counts[fact.slice] += 1
        found.append(Pick(fact, why))
    found.sort(key=lambda pick: (pick.why != ODD, -pick.fact.at))
    return found


def draw(decision: str) -> float:
    """A number in [0, 1) that a decision's id determines.

    >>> 0 <= draw("d-1") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(decision.encode()).digest()[:7]) / 2**56


def odd(fact: Fact) -> bool:
    """Whether a decision looks as if it had gone wrong, by all that is known without scoring."""
    return (
        fact.refused
        or fact.truncated
        or bool(fact.broken)
        or fact.feedback in ("down", "correct")
        or fact.outcome in outcome.BAD
        or (fact.passages > 0 and fact.similarity < POOR)
    )
