"""Counters of objectives, which only grow, as Prometheus wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdfast.observation.columns import Columns, Keys, States
from holdfast.observation.objective import Objective

UNJUDGED, BAD, GOOD = -1, 0, 1


@dataclass(slots=True)
class Count:
    """Decisions that an objective judged since counting began."""

    n: int = 0
    bad: int = 0


class _Promise(NamedTuple):
    """What of an objective says which decisions are good."""

    measure: str
    op: str
    value: float
    bad: bool
    where: tuple[tuple[str, str], ...]


class _Look(NamedTuple):
    """Decisions by the order of their keys, and what each objective said of them."""

    keys: Keys
    states: dict[str, tuple[_Promise, States]]


class Counts:
    """Follows decisions of an environment: each is counted once, when it can be judged.

    One that turns bad later (by a score, a label, what came next) is counted as bad then; one that
    turns good again stays counted. What was there before the first look is not counted.
    """

    def __init__(self) -> None:
        self._last: _Look | None = None
        self._counts: dict[str, Count] = {}

    def look(self, columns: Columns, objectives: Sequence[Objective]) -> dict[str, Count]:
        """The counts by objective, with what is new since the last look."""
        before, now = self._last, _look(columns, objectives)
        self._last = now
        counts = self._counts = {
            one.name: self._counts.get(one.name, Count()) for one in objectives
        }
        if before is not None:
            places = np.searchsorted(before.keys, now.keys)
            for name, (promise, states) in now.states.items():
                known = before.states.get(name)
                # Of an objective that is new or changed, what was there before says nothing.
                if known is not None and known[0] == promise:
                    was = _known(before.keys, known[1], keys=now.keys, places=places)
                    _add(counts[name], before=was, now=states)
        return dict(counts)


def _look(columns: Columns, objectives: Sequence[Objective]) -> _Look:
    order = np.argsort(columns.keys, kind="stable")
    states = {}
    for one in objectives:
        found = np.full(columns.size, UNJUDGED, dtype=np.int8)
        judged = one.indicator.judged(columns)
        found[judged.rows] = judged.good
        states[one.name] = (_promise(one), found[order])
    return _Look(columns.keys[order], states)


def _promise(objective: Objective) -> _Promise:
    said = objective.indicator
    where = tuple(sorted(said.where.items()))
    return _Promise(said.measure.name, said.op, said.value, said.bad, where)


def _known(old: Keys, said: States, *, keys: Keys, places: Keys) -> States:
    """What was said before of decisions that may not have been there."""
    if not len(old):
        return np.full(len(keys), UNJUDGED, dtype=np.int8)
    inside = np.minimum(places, len(old) - 1)
    return np.where(old[inside] == keys, said[inside], UNJUDGED).astype(np.int8)


def _add(count: Count, *, before: States, now: States) -> None:
    judged = now != UNJUDGED
    count.n += int((judged & (before == UNJUDGED)).sum())
    turned = int(((now == BAD) & (before != BAD)).sum())
    count.bad = min(count.n, count.bad + turned)
