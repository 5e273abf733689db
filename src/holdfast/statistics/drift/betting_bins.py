"""Betting on bins: has a column changed, at any time, from a sketch of what was usual alone?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.drift.gamblers import Gamblers
from holdfast.statistics.require import Ints

__all__ = ["BettingBins"]

_TOGETHER = 4_096
"""Rows that are bet on at a time."""


class BettingBins:
    """``BettingTwoSample`` in the memory of a sketch: it keeps counts of bins, and no rows.

    A row's rank is drawn evenly among those of its bin, so it is uniform as long as rows are
    exchangeable with the reference, whatever the bins are (a smoothed conformal p-value: V. Vovk,
    A. Gammerman and G. Shafer 2005, ch. 2). Rows that resemble their neighbours are not: take
    every ``spacing``-th only, and the reference counts for as many rows fewer.

    Args:
        counts: rows of the reference in each bin, in an order that means something: of numbers
            from low to high, of labels from rare to common. Shape ``(bins,)``, or ``(groups,
            bins)``: a row is then ranked among those of its own group (Mondrian conformal
            prediction: Vovk, Gammerman and Shafer 2005, ch. 4).
        spacing: rows from one bet to the next.
        alpha: risk of ever raising a false alarm.
        seed: draws ranks within bins.

    Raises:
        StatisticsError: no bins or a negative count; from ``update``, a bin that is not there.

    >>> detector = BettingBins([50, 50])
    >>> for _ in range(40):
    ...     detector.update(1)
    >>> detector.drifted
    True
    """

    def __init__(
        self, counts: ArrayLike, *, spacing: int = 1, alpha: float = 0.001, seed: int = 0
    ) -> None:
        rows = np.asarray(counts, dtype=np.float64)
        if rows.ndim not in (1, 2) or rows.size == 0 or rows.min() < 0:
            raise StatisticsError(f"counts are {counts!r}; pass how many rows each bin has")
        self.spacing = require.count(spacing, "spacing")
        self.alpha = require.fraction(alpha, "alpha")
        self._counts = np.atleast_2d(rows) / self.spacing
        self._seen = np.zeros(self._counts.shape)
        self._rng = np.random.default_rng(seed)
        self._gamblers = Gamblers()
        self.rows = 0
        self.alarm_at: int | None = None

    def update(self, x: int, *, group: int = 0) -> None:
        """Take the bin of the next row, and its group."""
        self.extend([x], groups=[group])

    def extend(self, x: ArrayLike, *, groups: ArrayLike = 0) -> None:
        """Take the bins of the next rows, shape ``(n,)``, and their groups."""
        places = np.asarray(x, dtype=np.int64)
        own = np.broadcast_to(np.asarray(groups, dtype=np.int64), places.shape)
        groups_there, bins = self._counts.shape
        odd = (own < 0) | (own >= groups_there) | (places < 0) | (places >= bins)
        if odd.any():
            bad = int(np.argmax(odd))
            raise StatisticsError(
                f"bin is {places[bad].item()!r} of group {own[bad].item()!r}; there are {bins!r} "
                f"bins and {groups_there!r} groups"
            )
        for first in range(0, len(places), _TOGETHER):
            part = slice(first, first + _TOGETHER)
            self._bet(places[part], own[part])

    def _bet(self, places: Ints, groups: Ints) -> None:
        before, self.rows = self.rows, self.rows + len(places)
        chosen = np.flatnonzero((before + np.arange(len(places))) % self.spacing == 0)
        places, groups = places[chosen], groups[chosen]
        drawn = self._rng.random(len(chosen))
        ranks = np.empty(len(chosen))
        for group in np.unique(groups):
            rows = np.flatnonzero(groups == group)
            mine = places[rows]
            seen = np.zeros((len(rows) + 1, self._counts.shape[1]))
            seen[0] = self._seen[group]
            seen[np.arange(1, len(rows) + 1), mine] = 1
            seen = np.cumsum(seen, axis=0)
            self._seen[group] = seen[-1]
            counts = self._counts[group] + seen[:-1]
            upto = np.cumsum(counts, axis=1)
            at = np.arange(len(rows)), mine
            inside = counts[at]
            below = upto[at] - inside
            ranks[rows] = (below + drawn[rows] * (inside + 1)) / (upto[:, -1] + 1)
        value = self._gamblers.extend(ranks)
        sure = np.flatnonzero(value >= 1 / self.alpha)
        if self.alarm_at is None and sure.size:
            self.alarm_at = before + int(chosen[sure[0]]) + 1

    @property
    def value(self) -> float:
        """The capital now, 1 at the start: an e-value."""
        return self._gamblers.value

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised."""
        return self.alarm_at is not None
