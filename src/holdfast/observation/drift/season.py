"""The part of the day, week or year that a decision falls into: like is compared with like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from holdfast.observation.duration import DAY
from holdfast.statistics.require import Floats, Ints

__all__ = ["DATES", "LEAST", "LONG", "Season", "covered", "find", "phase"]

Season: TypeAlias = Literal["none", "day", "week", "year"]
PARTS = 4
"""Parts of a day, six hours each, from midnight UTC."""
LEAST, DATES = 10, 2
"""Decisions of a phase, and dates that they must come from, to compare with."""
SURE = 0.01
DEALS = 499
GROUPS = 5
"""Bins of a column that are looked at, beside missing values."""
LONG: Mapping[str, int] = {"day": 4, "week": 14}
"""Dates without which a season is not looked for."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
THURSDAY = 3
"""Weekday of the first of January 1970, Monday being 0."""


def phase(at: int, season: Season) -> str:
    """The phase of a season that a time (microseconds) falls into, for people to read.

    >>> noon = 1_764_331_200_000_000
    >>> [phase(noon, season) for season in ("day", "week", "year", "none")]
    ['12-18 UTC', 'Fri 12-18 UTC', 'Nov Fri', '']
    """
    if season == "none":
        return ""
    moment = datetime.fromtimestamp(at / 1e6, tz=UTC)
    day = WEEKDAYS[moment.weekday()]
    if season == "year":
        return f"{MONTHS[moment.month - 1]} {day}"
    hours = 24 // PARTS
    first = moment.hour // hours * hours
    part = f"{first:02d}-{first + hours:02d} UTC"
    return part if season == "day" else f"{day} {part}"


def covered(times: Sequence[int], season: Season) -> set[str]:
    """Phases with enough decisions, of enough dates, to be compared with.

    >>> sorted(covered([day * DAY for day in range(2) for _ in range(5)], "day"))
    ['00-06 UTC']
    """
    dates: dict[str, list[int]] = {}
    for at in times:
        dates.setdefault(phase(at, season), []).append(at // DAY)
    return {name for name, own in dates.items() if len(own) >= LEAST and len(set(own)) >= DATES} | (
        {""} if season == "none" else set()
    )


def find(columns: Mapping[str, Ints], times: Sequence[int], *, seed: int = 0) -> Season:
    """Whether what decisions are like hangs on the weekday, or else on the time of day.

    Parts of each date change places, or dates their weekdays; a season is there when hardly one
    in a hundred such orders makes any column depend on it as much (Westfall and Young 1993: the
    largest statistic of all columns is what is compared). A day is looked at over four dates at
    least, a week over fourteen; a year never.

    Args:
        columns: of each signal the bin of every decision, -1 for a missing value.
        times: when they were made, in microseconds.
        seed: of the orders.

    >>> times = [day * DAY + hour * DAY // 24 for day in range(8) for hour in range(24)]
    >>> night = np.array([int(at % DAY < DAY // 4) for at in times])
    >>> find({"topic": night}, times), find({"topic": np.arange(192) % 5}, times)
    ('day', 'none')
    """
    at = np.asarray(times, dtype=np.int64)
    dates, date = np.unique(at // DAY, return_inverse=True)
    part = (at % DAY) * PARTS // DAY
    tables = [_table(codes, date, part) for codes in columns.values()]
    tables = [table for table in tables if table.shape[-1] > 1]
    rng = np.random.default_rng(seed)
    if tables and len(dates) >= LONG["week"]:
        weekday = (dates + THURSDAY) % len(WEEKDAYS)
        labels = (weekday, *(rng.permutation(weekday) for _ in range(DEALS)))
        if _stands_out([_by_week(tables, one) for one in labels]):
            return "week"
    if tables and len(dates) >= LONG["day"]:
        orders = [np.tile(np.arange(PARTS), (len(dates), 1))]
        orders += [rng.random((len(dates), PARTS)).argsort(axis=1) for _ in range(DEALS)]
        if _stands_out([_by_day(tables, order) for order in orders]):
            return "day"
    return "none"


def _table(codes: Ints, date: NDArray[np.int64], part: NDArray[np.int64]) -> Floats:
    """Counts of shape ``(dates, parts, groups)``."""
    inner = np.unique(np.quantile(codes, np.arange(1, GROUPS) / GROUPS, method="higher"))
    names, group = np.unique(np.searchsorted(inner, codes), return_inverse=True)
    found = np.zeros((int(date.max()) + 1, PARTS, len(names)))
    np.add.at(found, (date, part, group), 1.0)
    return found


def _by_week(tables: Sequence[Floats], weekday: Ints) -> list[float]:
    hot = (weekday == np.arange(len(WEEKDAYS))[:, None]).astype(np.float64)
    found = [np.tensordot(hot, table, 1) for table in tables]
    return [_chi_square(one.reshape(-1, one.shape[-1])) for one in found]


def _by_day(tables: Sequence[Floats], order: NDArray[np.int64]) -> list[float]:
    rows = np.arange(len(order))[:, None]
    return [_chi_square(table[rows, order].sum(axis=0)) for table in tables]


def _chi_square(table: Floats) -> float:
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    kept = expected > 0
    return float(np.sum((table - expected)[kept] ** 2 / expected[kept]))


def _stands_out(statistics: Sequence[Sequence[float]]) -> bool:
    """Whether the first row's farthest column is farther out than that of most other rows."""
    all_ = np.array(statistics)
    scaled = (all_ - all_.mean(axis=0)) / np.maximum(all_.std(axis=0), 1e-12)
    largest = scaled.max(axis=1)
    return bool(np.mean(largest >= largest[0]) <= SURE)
