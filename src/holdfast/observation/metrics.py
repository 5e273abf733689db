"""Figures of many decisions: the execution row and the decision row, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from holdfast.errors import StatisticsError, UsageError
from holdfast.observation.duration import SECOND
from holdfast.observation.fact import TOTAL, Fact
from holdfast.observation.measure import DECISION, EXECUTION, MEASURES, Measure
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


def rows(facts: Sequence[Fact], *, since: int, until: int, by: str = "") -> tuple[Rows, ...]:
    """Both rows, for all decisions or by group. Raises ``UsageError`` for an unknown grouping."""
    if not by:
        return (_rows("", facts, since=since, until=until),)
    if by not in GROUPS:
        raise UsageError(f"cannot group by {by!r}; use {', '.join(GROUPS)} or wording")
    grouped: dict[str, list[Fact]] = {}
    for fact in facts:
        grouped.setdefault(GROUPS[by](fact), []).append(fact)
    return tuple(
        _rows(name, members, since=since, until=until) for name, members in sorted(grouped.items())
    )


def _rows(group: str, facts: Sequence[Fact], *, since: int, until: int) -> Rows:
    execution = (*_counts(facts, since=since, until=until), *_latencies(facts))
    decision = tuple(
        figure(measure, facts) for measure in MEASURES.values() if measure.row == DECISION
    )
    return Rows(group, len(facts), execution, (*decision, *_totals(facts)))


def figure(measure: Measure, facts: Iterable[Fact]) -> Figure:
    """The mean of a measure over the decisions that say something about it."""
    values = [value for fact in facts if (value := measure.of(fact)) is not None]
    made = Figure(measure.name, measure.row, None, measure.unit, n=len(values), about=measure.about)
    if not values:
        return made
    if all(isinstance(value, bool) for value in values):
        limits = rate_interval(sum(values), len(values))  # type: ignore[arg-type]
        value = sum(values) / len(values)
        return _with(made, value, min(limits.low, value), max(limits.high, value))
    numbers = np.asarray(values, dtype=float)
    mean = float(numbers.mean())
    unit = bool(numbers.min() >= 0 and numbers.max() <= 1)
    try:
        found = mean_interval(numbers, bounds=(0.0, 1.0) if unit else None)
    except StatisticsError:
        return _with(made, mean, None, None)
    return _with(made, mean, found.low, found.high)


def _with(blank: Figure, value: float, low: float | None, high: float | None) -> Figure:
    return Figure(blank.name, blank.row, value, blank.unit, low, high, n=blank.n, about=blank.about)


def _counts(facts: Sequence[Fact], *, since: int, until: int) -> list[Figure]:
    minutes = max(until - since, 1) / (60 * SECOND)
    failed = [fact for fact in facts if fact.error_code]
    availability = figure(MEASURES["availability"], facts)
    return [
        Figure("decisions", EXECUTION, len(facts), "decisions", n=len(facts)),
        Figure("throughput", EXECUTION, len(facts) / minutes, "a minute", n=len(facts)),
        availability,
        Figure("errors", EXECUTION, len(failed), "decisions", n=len(facts), about=_most(failed)),
        figure(MEASURES["stamp"], facts),
    ]


def _most(failed: Sequence[Fact]) -> str:
    """The errors by code, the most frequent first."""
    codes = [fact.error_code for fact in failed]
    ranked = sorted(set(codes), key=lambda code: (-codes.count(code), code))
    return ", ".join(f"{code} {codes.count(code)}" for code in ranked)


def _latencies(facts: Sequence[Fact]) -> list[Figure]:
    stages: dict[str, list[float]] = {TOTAL: []}
    for fact in facts:
        for stage, spent in fact.latency.items():
            stages.setdefault(stage, []).append(spent)
    found = []
    for stage, seconds in stages.items():
        if not seconds:
            continue
        name = "latency" if stage == TOTAL else f"latency.{stage}"
        for percent, value in zip(QUANTILES, np.percentile(seconds, QUANTILES), strict=True):
            found.append(Figure(f"{name}.p{percent}", EXECUTION, float(value), "s", n=len(seconds)))
    return found


def _totals(facts: Sequence[Fact]) -> list[Figure]:
    """Sums: what was used and what it cost, cached input tokens within the input."""
    priced = [fact.cost for fact in facts if fact.cost is not None]
    sums = {
        "input tokens": sum(fact.input_tokens for fact in facts),
        "cached input tokens": sum(fact.cached_tokens for fact in facts),
        "output tokens": sum(fact.output_tokens for fact in facts),
    }
    return [
        *(Figure(name, DECISION, total, "tokens", n=len(facts)) for name, total in sums.items()),
        Figure("spent", DECISION, sum(priced) if priced else None, "USD", n=len(priced)),
    ]
