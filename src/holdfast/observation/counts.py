"""Counters of objectives, which only grow, as Prometheus wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.observation.fact import Fact
from holdfast.observation.objective import Objective


@dataclass(slots=True)
class Count:
    """Decisions that an objective judged since counting began."""

    n: int = 0
    bad: int = 0


class Counts:
    """Follows decisions of an environment: each is counted once, when it can be judged.

    One that turns bad later (by a score, a label, what came next) is counted as bad then; one that
    turns good again stays counted. What was there before the first look is not counted.
    """

    def __init__(self) -> None:
        self._facts: dict[str, Fact] | None = None
        self._counts: dict[str, Count] = {}

    def look(self, facts: Iterable[Fact], objectives: Sequence[Objective]) -> dict[str, Count]:
        """The counts by objective, with what is new since the last look."""
        now = {fact.decision: fact for fact in facts}
        before, self._facts = self._facts, now
        counts = self._counts = {
            one.name: self._counts.get(one.name, Count()) for one in objectives
        }
        if before is not None:
            for name, fact in now.items():
                known = before.get(name)
                if known is not fact:
                    for one in objectives:
                        _add(counts[one.name], before=_judged(one, known), now=_judged(one, fact))
        return dict(counts)


def _judged(objective: Objective, fact: Fact | None) -> bool | None:
    return None if fact is None else objective.indicator.good(fact)


def _add(count: Count, *, before: bool | None, now: bool | None) -> None:
    if now is None:
        return
    count.n += before is None
    count.bad = min(count.n, count.bad + (not now and before is not False))
