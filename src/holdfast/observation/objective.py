"""Objectives: what share of decisions is promised to be good, by a measure, over a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from holdfast.observation.columns import Columns, Flags, Floats
from holdfast.observation.duration import DAY, SECOND
from holdfast.observation.fact import Fact
from holdfast.observation.measure import Measure, measure
from holdfast.observation.metrics import GROUPS, grouped
from holdfast.observation.values import values
from holdfast.statistics.burn import TABLE, Burn, Tally, Window, burn
from holdfast.statistics.interval import Interval, rate_interval

OPERATORS: Mapping[str, Callable[[Any, float], Any]] = MappingProxyType(
    {"lte": operator.le, "lt": operator.lt, "gte": operator.ge, "gt": operator.gt}
)
OCCURRENCES: Final = "Occurrences"
TIMESLICES: Final = "Timeslices"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Which rows count, when they were decided (microseconds since 1970), which are good."""

    rows: NDArray[np.intp]
    at: Floats
    good: Flags


@dataclass(frozen=True, slots=True)
class Indicator:
    """Which decisions are good: those whose measure is true, or passes ``op value``."""

    measure: Measure
    op: str = ""
    value: float = 0.0
    bad: bool = False
    """True means bad: a ratio that was given by its bad events."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Only decisions of these groups: ``{"slice": "discounts"}``."""

    def good(self, fact: Fact) -> bool | None:
        """Whether a decision is good; None when it does not count."""
        if any(GROUPS[name](fact) != wanted for name, wanted in self.where.items()):
            return None
        found = self.measure.of(fact)
        if found is None:
            return None
        held: bool = OPERATORS[self.op](found, self.value) if self.op else bool(found)
        return held != self.bad

    def judged(self, columns: Columns) -> Judged:
        """As ``good``, of all rows that count."""
        said = values(self.measure, columns).numbers
        counts = ~np.isnan(said)
        for name, wanted in self.where.items():
            counts &= grouped(columns, name).among(wanted)
        rows, at = np.flatnonzero(counts), columns.number("at")
        if len(rows) < len(said):
            said, at = said[rows], at[rows]
        held = OPERATORS[self.op](said, self.value) if self.op else said != 0
        return Judged(rows, at, held != self.bad)


DECISIONS: Final = "decisions"
"""The measure that every decision has: the total of a ratio."""


def indicator(name: str, **options: object) -> Indicator:
    """An indicator by a measure's name. Raises ``UsageError`` for an unknown one."""
    return Indicator(measure(name), **options)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise of an OpenSLO document."""

    name: str
    service: str
    description: str
    target: float
    window: int
    """Microseconds that the budget is for, up to now."""
    indicator: Indicator
    method: str = OCCURRENCES
    slice_target: float = 0.0
    slice: int = 0
    """Of a budget of time slices: share of good decisions in a good slice, and its length."""
    alerts: tuple[Window, ...] = TABLE
    source: str = ""
    """File and line that it was read from."""

    @property
    def row(self) -> str:
        return self.indicator.measure.row


@dataclass(frozen=True, slots=True)
class Standing:
    """How an objective does now."""

    objective: Objective
    good: int
    n: int
    rate: Interval | None
    """Share of good decisions with its 95 % limits; None without decisions."""
    budget: float
    """Bad decisions that so many allow."""
    left: float
    """Share of the budget that is left; below 0 when it is overspent."""
    burns: tuple[Burn, ...]
    exhausted_in: float | None
    """Seconds until nothing is left at the present rate; None when that is not in sight."""

    @property
    def firing(self) -> tuple[Burn, ...]:
        return tuple(one for one in self.burns if one.fires)

    @property
    def state(self) -> str:
        """``no data``, ``burning`` (a page or ticket fires), ``spent`` or ``met``."""
        if self.firing:
            return "burning"
        if not self.n:
            return "no data"
        return "spent" if self.left <= 0 else "met"


def tally(objective: Objective, columns: Columns) -> Tally:
    """The objective's events: decisions or time slices, in seconds since 1970."""
    judged = objective.indicator.judged(columns)
    order = np.argsort(judged.at, kind="stable")
    times, bad = judged.at[order] / SECOND, (~judged.good[order]).astype(np.float64)
    if objective.method == OCCURRENCES or not len(times):
        return Tally(times, bad=bad)
    length = objective.slice / SECOND
    number = np.floor(times / length).astype(np.int64)
    slices, first = np.unique(number, return_index=True)
    counts = np.diff([*first, len(number)])
    shares = 1 - np.add.reduceat(bad, first) / counts
    return Tally((slices + 1) * length, bad=shares < objective.slice_target)


def standing(
    objective: Objective, columns: Columns, *, now: int, false_pages: float = 0.5
) -> Standing:
    """Budget and burn of an objective from the decisions of its window (or more)."""
    return stand(objective, tally(objective, columns), now=now, false_pages=false_pages)


def stand(objective: Objective, counted: Tally, *, now: int, false_pages: float = 0.5) -> Standing:
    """As ``standing``, from events that are counted already."""
    at = now / SECOND
    # The slice that is under way ends later than now.
    until = max(at, float(counted.times[-1])) if len(counted.times) else at
    bad, n = counted.between(at - objective.window / SECOND, until)
    burns = tuple(
        burn(counted, one, target=objective.target, now=until, false_pages=false_pages)
        for one in objective.alerts
    )
    allowed = (1 - objective.target) * n
    left = 1 - bad / allowed if allowed else 1.0
    fastest = max((one.rate for one in burns if one.fires), default=0.0)
    rest = left * objective.window / SECOND / fastest if fastest > 0 and left > 0 else None
    rate = rate_interval(n - bad, n) if n else None
    return Standing(objective, n - bad, n, rate, allowed, left, burns, rest)


@dataclass(frozen=True, slots=True)
class Report:
    """A standing for people and programs."""

    name: str
    service: str
    row: str
    measure: str
    description: str
    target: float
    days: float
    """Length of the budget's window."""
    state: str
    good: int
    n: int
    rate: Interval | None
    budget: float
    left: float
    exhausted_in_seconds: float | None
    burns: tuple[Burn, ...]
    source: str

    @property
    def firing(self) -> tuple[Burn, ...]:
        return tuple(one for one in self.burns if one.fires)


def report(one: Standing) -> Report:
    """What there is to say of a standing."""
    promised = one.objective
    return Report(
        promised.name,
        promised.service,
        promised.row,
        promised.indicator.measure.name,
        promised.description,
        promised.target,
        promised.window / DAY,
        one.state,
        one.good,
        one.n,
        one.rate,
        one.budget,
        one.left,
        one.exhausted_in,
        one.burns,
        promised.source,
    )
