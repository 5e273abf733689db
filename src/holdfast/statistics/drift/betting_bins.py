"""Betting on bins: has a column changed, at any time, from a sketch of what was usual alone?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.drift.gamblers import Gamblers

__all__ = ["BettingBins"]


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
        self._rng = np.random.default_rng(seed)
        self._gamblers = Gamblers()
        self.rows = 0
        self.alarm_at: int | None = None

    def update(self, x: int, *, group: int = 0) -> None:
        """Take the bin of the next row, and its group."""
        place = int(x)
        groups, bins = self._counts.shape
        if not 0 <= place < bins or not 0 <= group < groups:
            raise StatisticsError(
                f"bin is {x!r} of group {group!r}; there are {bins!r} bins and {groups!r} groups"
            )
        self.rows += 1
        if (self.rows - 1) % self.spacing:
            return
        own = self._counts[group]
        below = float(own[:place].sum())
        inside = float(own[place]) + 1
        total = float(own.sum()) + 1
        self._gamblers.update((below + float(self._rng.random()) * inside) / total)
        own[place] += 1
        if self.alarm_at is None and self.value >= 1 / self.alpha:
            self.alarm_at = self.rows

    @property
    def value(self) -> float:
        """The capital now, 1 at the start: an e-value."""
        return self._gamblers.value

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised."""
        return self.alarm_at is not None
