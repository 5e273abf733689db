"""How an objective did over time: good decisions of all, hour by hour or day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from holdfast.errors import UsageError
from holdfast.observation.columns import Columns
from holdfast.observation.duration import DAY, HOUR
from holdfast.observation.objective import Objective

STEPS: Mapping[str, int] = MappingProxyType({"hour": HOUR, "day": DAY})
"""What a series goes by; hours and days are those of UTC."""
MOST = 10_000
"""Points of a series."""


@dataclass(frozen=True, slots=True)
class Point:
    """Decisions of one hour or day that an objective judged."""

    at: int
    """When it began, microseconds since 1970 UTC."""
    good: int
    n: int
    rate: float | None
    """Share of good ones; None without any."""


@dataclass(frozen=True, slots=True)
class Series:
    """An objective's points, oldest first, also those without a decision."""

    name: str
    target: float
    points: tuple[Point, ...]


def step(name: str) -> int:
    """Microseconds of an hour or day. Raises ``UsageError``.

    >>> step("hour") == HOUR
    True
    """
    if name not in STEPS:
        raise UsageError(f"a series cannot go by {name!r}; use {' or '.join(STEPS)}")
    return STEPS[name]


def series(objective: Objective, columns: Columns, *, since: int, until: int, by: str) -> Series:
    """The objective's decisions by hour or day, from that of ``since`` to that of ``until``.

    Raises ``UsageError`` for another step, and for more than ``MOST`` points.
    """
    length = step(by)
    first, last = since // length, until // length
    count = last - first + 1
    if count > MOST:
        raise UsageError(f"{count:,} points are too many; take days, or a shorter time")
    judged = objective.indicator.judged(columns)
    place = judged.at.astype(np.int64) // length - first
    right = judged.good
    # A decision is recorded a moment after it was made, which may be in the hour before.
    inside = (place >= 0) & (place < count)
    if not inside.all():
        place, right = place[inside], right[inside]
    n = np.bincount(place, minlength=count).tolist()
    good = np.bincount(place[right], minlength=count).tolist()
    points = tuple(
        Point((first + number) * length, some, every, some / every if every else None)
        for number, (some, every) in enumerate(zip(good, n, strict=True))
    )
    return Series(objective.name, objective.target, points)
