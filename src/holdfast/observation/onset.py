"""When it began: the change-point of an objective's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.statistics.drift.changepoint import changepoint

LEAST = 2
"""Events that either side of the change must have."""
MOST = 2_000
"""Events that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Onset:
    """When bad decisions began to be more, and the time that holds it in 9 of 10 cases.

    Microseconds since 1970 UTC; ``before`` and ``after`` are shares of bad decisions.
    """

    at: int
    earliest: int
    latest: int
    before: float
    after: float
    p_value: float


def onset(events: Sequence[tuple[int, bool]]) -> Onset | None:
    """From (time, bad) in order of time; None when the bad did not become more.

    >>> calm, bad = [(n, False) for n in range(30)], [(n, True) for n in range(30, 40)]
    >>> onset([*calm, *bad]).at
    30
    """
    looked = list(events)[-MOST:]
    if len(looked) < 2 * LEAST:
        return None
    found = changepoint([float(bad) for _, bad in looked], least=LEAST)
    if found.after <= found.before:
        return None
    times = [at for at, _ in looked]
    last = len(times) - 1
    return Onset(
        times[found.index],
        times[min(found.earliest, last)],
        times[min(found.latest, last)],
        found.before,
        found.after,
        found.p_value,
    )
