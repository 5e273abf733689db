"""When an error budget burns too fast: windows, thresholds for any target, and an exact guard.

The table of the SRE workbook (B. Beyer et al. 2018, chapter 5) fires when the share of bad events
is ``burn`` times the budget. A share cannot exceed 1, so 14.4 times never fires for a target below
93.1 %, and quality objectives of 80 to 90 % would never page. Here the *odds* of a bad event are
multiplied instead: the same for strict targets, and within reach for every target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["TABLE", "Burn", "Tally", "Window", "burn", "least", "limit", "risk", "surprise"]

PAGE: Final = "page"
TICKET: Final = "ticket"
HOUR, DAY, YEAR = 3_600.0, 86_400.0, 365.25 * 86_400.0
SHORTEST = 12
"""The short window is a twelfth of the long one, in time and in events."""
LOOKS = 4.0
"""How many independent looks an overlapping window has in its own length, about."""


@dataclass(frozen=True, slots=True)
class Window:
    """Fire when long and short window both burn ``burn`` times as fast as allowed; in seconds.

    Where the long window holds too few events to convict even if all were bad, both widen, up to
    ``longest``.
    """

    severity: str
    burn: float
    long: float
    short: float
    longest: float


TABLE: tuple[Window, ...] = (
    Window(PAGE, 14.4, HOUR, HOUR / 12, 3 * DAY),
    Window(PAGE, 6.0, 6 * HOUR, HOUR / 2, 3 * DAY),
    Window(TICKET, 1.0, 3 * DAY, 6 * HOUR, 28 * DAY),
)
"""Table 5-8 of the workbook."""


@dataclass(frozen=True, slots=True)
class Burn:
    """What a window shows: bad events of ``n`` in the long one, and whether it fires."""

    window: Window
    bad: int
    n: int
    rate: float
    """Times as fast as the budget allows; 1 spends it exactly."""
    limit: float
    """Share of bad events from which the window fires."""
    short_bad: int
    short_n: int
    start: float
    """Beginning of the long window, which may have been widened."""
    p_value: float
    """Of so many bad events if the objective were just met."""
    fires: bool


class Tally:
    """Good and bad events in the order of time, to be counted in any window.

    >>> tally = Tally([1.0, 2.0, 3.0], bad=[0, 1, 1])
    >>> tally.between(1.5, 3.0)
    (2, 2)
    """

    def __init__(self, times: ArrayLike, *, bad: ArrayLike, n: ArrayLike | None = None) -> None:
        """``bad`` of ``n`` events (one each, unless told) happened at each of the ``times``.

        Raises:
            StatisticsError: times that go back, lengths that differ.
        """
        self.times: Floats = np.asarray(times, dtype=np.float64)
        counts = np.ones(len(self.times)) if n is None else np.asarray(n, dtype=np.float64)
        wrong = np.asarray(bad, dtype=np.float64)
        require.same_length(self.times, wrong)
        require.same_length(self.times, counts)
        if np.any(np.diff(self.times) < 0):
            raise StatisticsError("times go back; sort the events by time")
        self._bad = np.concatenate([[0.0], np.cumsum(wrong)])
        self._n = np.concatenate([[0.0], np.cumsum(counts)])

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Bad and all events with ``start < time <= end``."""
        bad, n = self.count(np.array([start]), np.array([end]))
        return int(bad[0]), int(n[0])

    def count(self, start: Floats, end: Floats) -> tuple[Floats, Floats]:
        """As ``between``, for many windows."""
        low = np.searchsorted(self.times, start, side="right")
        high = np.searchsorted(self.times, end, side="right")
        return self._bad[high] - self._bad[low], self._n[high] - self._n[low]

    def reach(self, end: Floats, *, events: int) -> Floats:
        """The latest start of a window up to each ``end`` that holds so many events.

        Minus infinity where there are not so many.
        """
        wanted = self._n[np.searchsorted(self.times, end, side="right")] - events
        place = np.searchsorted(self._n, np.maximum(wanted, 0.0), side="right") - 1
        inside = np.minimum(place, max(len(self.times) - 1, 0))
        if not len(self.times):
            return np.full(len(end), -np.inf)
        return np.where(wanted < 0, -np.inf, np.nextafter(self.times[inside], -np.inf))


def limit(times: float, *, target: float) -> float:
    """The share of bad events that is ``times`` the budget, by odds.

    Raises:
        StatisticsError: a target outside (0, 1), a factor not above 0.

    >>> round(limit(14.4, target=0.999), 4), round(limit(14.4, target=0.8), 3)
    (0.0142, 0.783)
    """
    good = require.fraction(target, "target")
    odds = require.positive(times, "times") * (1 - good) / good
    return odds / (1 + odds)


def risk(window: Window, *, false_pages: float = 0.5) -> float:
    """The level of the exact test that allows so many false alarms a year and window.

    >>> f"{risk(TABLE[0]):.1e}"
    '1.4e-05'
    """
    looks = LOOKS * YEAR / window.long
    return min(require.positive(false_pages, "false_pages") / looks, 0.05)


def least(*, target: float, level: float) -> int:
    """The fewest events that can convict at a level, when all of them are bad.

    >>> least(target=0.999, level=1e-5), least(target=0.5, level=1e-5)
    (2, 17)
    """
    budget = 1 - require.fraction(target, "target")
    return max(1, math.ceil(math.log(require.fraction(level, "level")) / math.log(budget)))


def surprise(bad: ArrayLike, n: ArrayLike, *, budget: float) -> Floats:
    """Probability of so many bad events of ``n`` or more, if the objective were just met.

    The upper tail of the binomial distribution as an incomplete beta function.

    >>> round(float(surprise(3, 10, budget=0.1)), 4), float(surprise(0, 10, budget=0.1))
    (0.0702, 1.0)
    """
    wrong, every = np.asarray(bad, dtype=np.float64), np.asarray(n, dtype=np.float64)
    # Loading all of scipy.stats for its binomial takes half a second.
    tail = scipy.special.betainc(np.maximum(wrong, 1.0), every - wrong + 1.0, budget)
    return np.where(wrong > 0, tail, 1.0)


def burn(
    tally: Tally, window: Window, *, target: float, now: float, false_pages: float = 0.5
) -> Burn:
    """What a window shows now.

    It fires when the share of bad events is at least ``limit`` in the long and the short window,
    and so many would be a surprise if the objective were just met (exact binomial test). Below
    ``least`` events no number of failures is a surprise, so the windows widen to hold so many.

    Args:
        tally: the events.
        window: which pair of windows.
        target: the share of good events that is promised, in (0, 1).
        now: end of both windows, in the seconds of the tally.
        false_pages: a year that the guard may let through.

    Raises:
        StatisticsError: a target outside (0, 1).

    >>> quiet = Tally(range(0, 3600, 36), bad=[0] * 90 + [1] * 10)
    >>> burn(quiet, TABLE[0], target=0.995, now=3600.0).fires
    True
    """
    found = burns(tally, window, target=target, now=np.array([now]), false_pages=false_pages)
    bad, n = int(found.bad[0]), int(found.n[0])
    return Burn(
        window,
        bad,
        n,
        bad / n / (1 - target) if n else 0.0,
        limit(window.burn, target=target),
        int(found.short_bad[0]),
        int(found.short_n[0]),
        float(found.start[0]),
        float(surprise(bad, n, budget=1 - target)) if n else 1.0,
        bool(found.fires[0]),
    )


@dataclass(frozen=True, slots=True)
class Burns:
    """``Burn`` at many times, an array a field."""

    bad: Floats
    n: Floats
    short_bad: Floats
    short_n: Floats
    start: Floats
    fires: np.ndarray[tuple[int], np.dtype[np.bool_]]


def burns(
    tally: Tally, window: Window, *, target: float, now: Floats, false_pages: float = 0.5
) -> Burns:
    """As ``burn``, at many times at once: what simulations run on."""
    level = risk(window, false_pages=false_pages)
    share = limit(window.burn, target=target)
    events = least(target=target, level=level)
    few = math.ceil(events / SHORTEST)
    start = np.minimum(now - window.long, tally.reach(now, events=events))
    start = np.maximum(start, now - window.longest)
    recent = np.minimum(now - window.short, tally.reach(now, events=few))
    bad, n = tally.count(start, now)
    short_bad, short_n = tally.count(np.maximum(recent, start), now)
    fires = (n > 0) & (bad >= share * n) & (short_n > 0) & (short_bad >= share * short_n)
    doubted = np.flatnonzero(fires)
    fires[doubted] = surprise(bad[doubted], n[doubted], budget=1 - target) <= level
    return Burns(bad, n, short_bad, short_n, start, fires)
