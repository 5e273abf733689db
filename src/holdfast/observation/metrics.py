"""Figures of many decisions: the execution row and the decision row, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from holdfast.errors import StatisticsError, UsageError
from holdfast.observation.columns import LATENCY, Coded, Columns, Flags
from holdfast.observation.duration import SECOND
from holdfast.observation.fact import TOTAL, Fact
from holdfast.observation.measure import DECISION, EXECUTION, MEASURES, Measure
from holdfast.observation.values import Values, values
from holdfast.statistics.interval import mean_interval, rate_interval

QUANTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a row; ``low`` and ``high`` are its 95 % limits where it is an estimate."""

    name: str
    row: str
    value: float | None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    n: int = 0
    """Decisions it rests on."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The figures of one group of decisions; ``group`` is empty for all of them."""

    group: str
    decisions: int
    execution: tuple[Figure, ...]
    decision: tuple[Figure, ...]


GROUPS: Mapping[str, Callable[[Fact], str]] = MappingProxyType(
    {
        "release": lambda fact: fact.release[:12],
        "prompt": lambda fact: fact.prompt[:12],
        "model": lambda fact: fact.model,
        "slice": lambda fact: fact.slice,
        "hour": lambda fact: str(np.datetime64(fact.at // SECOND, "s").astype("datetime64[h]")),
        "day": lambda fact: str(np.datetime64(fact.at // SECOND, "s").astype("datetime64[D]")),
    }
)
"""What decisions can be grouped by."""


DIGEST = 12
"""Characters of a digest that a group is named by."""
UNITS = {"hour": "h", "day": "D"}


def grouped(columns: Columns, by: str) -> Coded:
    """The group of every row, named as by ``GROUPS``. Raises ``UsageError`` for an unknown one."""
    if by not in GROUPS:
        raise UsageError(f"cannot group by {by!r}; use {', '.join(GROUPS)} or wording")
    if by in UNITS:
        seconds = (columns.number("at") // SECOND).astype("datetime64[s]")
        times, codes = np.unique(seconds.astype(f"datetime64[{UNITS[by]}]"), return_inverse=True)
        return Coded(codes.astype(np.int32), tuple(map(str, times)))
    found = columns.text(by)
    return found.mapped(lambda text: text[:DIGEST]) if by in ("release", "prompt") else found


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """A group's rows of all columns."""

    columns: Columns
    measured: Mapping[str, Values]
    rows: Flags | slice

    @property
    def size(self) -> int:
        return self.columns.size if isinstance(self.rows, slice) else int(self.rows.sum())


def rows(columns: Columns, *, since: int, until: int, by: str = "") -> tuple[Rows, ...]:
    """Both rows, for all decisions or by group. Raises ``UsageError`` for an unknown grouping."""
    groups = grouped(columns, by) if by else None
    measured = {one.name: values(one, columns) for one in MEASURES.values()}
    if groups is None:
        return (_rows("", _Chosen(columns, measured, slice(None)), since=since, until=until),)
    found = []
    for name, code in sorted((name, code) for code, name in enumerate(groups.names)):
        chosen = _Chosen(columns, measured, groups.codes == code)
        if chosen.size:
            found.append(_rows(name, chosen, since=since, until=until))
    return tuple(found)


def _rows(group: str, chosen: _Chosen, *, since: int, until: int) -> Rows:
    execution = (*_counts(chosen, since=since, until=until), *_latencies(chosen))
    decision = tuple(
        _figure(measure, chosen) for measure in MEASURES.values() if measure.row == DECISION
    )
    return Rows(group, chosen.size, execution, (*decision, *_totals(chosen)))


def _figure(measure: Measure, chosen: _Chosen) -> Figure:
    return figure(measure, chosen.measured[measure.name].of(chosen.rows))


def figure(measure: Measure, said: Values) -> Figure:
    """The mean of a measure over the decisions that say something about it."""
    n = len(said.numbers)
    made = Figure(measure.name, measure.row, None, measure.unit, n=n, about=measure.about)
    if not n:
        return made
    if bool(said.binary.all()):
        yes = int(said.numbers.sum())
        limits = rate_interval(yes, n)
        return _with(made, yes / n, min(limits.low, yes / n), max(limits.high, yes / n))
    mean = float(said.numbers.mean())
    unit = bool(said.numbers.min() >= 0 and said.numbers.max() <= 1)
    try:
        found = mean_interval(said.numbers, bounds=(0.0, 1.0) if unit else None)
    except StatisticsError:
        return _with(made, mean, None, None)
    return _with(made, mean, found.low, found.high)


def _with(blank: Figure, value: float, low: float | None, high: float | None) -> Figure:
    return Figure(blank.name, blank.row, value, blank.unit, low, high, n=blank.n, about=blank.about)


def _counts(chosen: _Chosen, *, since: int, until: int) -> list[Figure]:
    minutes = max(until - since, 1) / (60 * SECOND)
    n = chosen.size
    errors = _errors(chosen)
    failed = sum(count for _, count in errors)
    told = ", ".join(f"{code} {count}" for code, count in errors)
    return [
        Figure("decisions", EXECUTION, n, "decisions", n=n),
        Figure("throughput", EXECUTION, n / minutes, "a minute", n=n),
        _figure(MEASURES["availability"], chosen),
        Figure("errors", EXECUTION, failed, "decisions", n=failed, about=told),
        _figure(MEASURES["stamp"], chosen),
    ]


def _errors(chosen: _Chosen) -> list[tuple[str, int]]:
    """The errors by code, the most frequent first."""
    found = chosen.columns.text("error_code")
    counts = np.bincount(found.codes[chosen.rows], minlength=len(found.names)).tolist()
    failed = [(name, n) for name, n in zip(found.names, counts, strict=True) if name and n]
    return sorted(failed, key=lambda one: (-one[1], one[0]))


def _latencies(chosen: _Chosen) -> list[Figure]:
    stages = chosen.columns.names(LATENCY)
    found = []
    for stage in (TOTAL, *(stage for stage in stages if stage != TOTAL)):
        spent = chosen.columns.number(f"{LATENCY}{stage}")[chosen.rows]
        seconds = spent[~np.isnan(spent)]
        if not len(seconds):
            continue
        name = "latency" if stage == TOTAL else f"latency.{stage}"
        for percent, value in zip(QUANTILES, np.percentile(seconds, QUANTILES), strict=True):
            found.append(Figure(f"{name}.p{percent}", EXECUTION, float(value), "s", n=len(seconds)))
    return found


def _totals(chosen: _Chosen) -> list[Figure]:
    """Sums: what was used and what it cost, cached input tokens within the input."""
    n = chosen.size
    sums = {
        name: int(chosen.columns.number(column)[chosen.rows].sum())
        for name, column in (
            ("input tokens", "input_tokens"),
            ("cached input tokens", "cached_tokens"),
            ("output tokens", "output_tokens"),
        )
    }
    priced = chosen.measured["cost"].of(chosen.rows).numbers
    # An exact sum: the same whatever the order, and so however decisions were read.
    spent = math.fsum(priced) if len(priced) else None
    return [
        *(Figure(name, DECISION, total, "tokens", n=n) for name, total in sums.items()),
        Figure("spent", DECISION, spent, "USD", n=len(priced)),
    ]
