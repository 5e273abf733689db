"""An alarm threshold that comes from the reference itself, at the window size in use.

A fixed threshold is an alarm at 50 rows and deaf at 50,000; a p-value assumes independent rows and
finds harmless changes in many. So the reference is cut up into windows of the size that will be
compared, unchanged by construction, and the threshold is what only few of them exceed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.drift.block_length import Dependence, dependence
from holdfast.statistics.drift.score import DriftScore
from holdfast.statistics.require import Ints

__all__ = ["Calibration", "Resampling", "calibrate"]


@dataclass(frozen=True, slots=True)
class Resampling:
    """How windows are made: ``block`` consecutive rows stay together.

    By default as many as the reference's own dependence asks for (``block_length``). A window is
    then as much smaller than the real one as such blocks hide of that dependence, so that it
    varies as much. ``phases`` are of a season, one code a row, -1 for none: a window then has the
    phases of a stretch that was there, made of blocks of rows of the same phases.
    """

    resamples: int = 200
    block: int | None = None
    seed: int = 0
    dependence: Dependence | None = None
    """Instead of that of the rows as they are given."""
    phases: Ints | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """When a detector's score is an alarm, and the unchanged statistics that say so, sorted."""

    detector: str
    threshold: float
    floor: float
    window: int
    block: int
    resampled: int
    """Rows of the windows that were made: fewer than ``window`` where blocks hide dependence."""
    alarm_rate: float
    unchanged: tuple[float, ...]

    def fires(self, score: DriftScore) -> bool:
        """Whether the statistic exceeds the threshold and the effect reaches the floor.

        Raises:
            StatisticsError: the score is another detector's, or of a smaller window than was
                calibrated (a larger one only makes the alarm rarer).
        """
        if score.detector != self.detector or score.current_rows < self.window:
            raise StatisticsError(
                f"score of {score.detector!r} over {score.current_rows!r} rows, but calibrated "
                f"{self.detector!r} over {self.window!r}; calibrate for what you compare"
            )
        return score.statistic > self.threshold and score.effect >= self.floor


def calibrate(
    compare: Callable[[Any, Any], DriftScore],
    reference: ArrayLike | Sequence[Any],
    *,
    window: int,
    alarm_rate: float = 0.01,
    floor: float = 0.0,
    resampling: Resampling | None = None,
) -> Calibration:
    """Find the statistic that an unchanged window exceeds with probability ``alarm_rate``.

    Windows are made of random blocks of consecutive rows of the reference, so that rows that hang
    together stay together (H. R. Kunsch 1989, Annals of Statistics 17, 1217-1241; within the
    phases of a season: A. E. Dudek, J. Leskow, E. Paparoditis and D. N. Politis 2014, Journal of
    Time Series Analysis 35, 89-114), and compared with the rest of it. The threshold is the
    ``ceil((1 - rate)(resamples + 1))``-th smallest statistic, as in conformal prediction (V. Vovk
    et al. 2005).

    Args:
        compare: a batch detector's function.
        reference: rows in the order they came, at least twice the window.
        window: rows that will be compared at a time.
        alarm_rate: false alarms per comparison that you accept; ``1/resamples`` at least.
        floor: effect below which a change is harmless, in the detector's unit.
        resampling: how many windows are made, and how.

    Raises:
        StatisticsError: a reference shorter than two windows, a rate that so few resamples cannot
            give, a block longer than the window, or what the detector itself refuses.

    >>> from holdfast.statistics.drift import wasserstein
    >>> rng = np.random.default_rng(0)
    >>> alarm = calibrate(wasserstein.compare, rng.normal(size=2000), window=50)
    >>> round(alarm.threshold, 2)
    0.41
    >>> alarm.fires(wasserstein.compare(rng.normal(size=2000), rng.normal(size=50)))
    False
    >>> alarm.fires(wasserstein.compare(rng.normal(size=2000), rng.normal(1.0, size=50)))
    True
    """
    rows = _rows(reference)
    size = require.count(window, "window", least=2)
    how = resampling or Resampling()
    deals = require.count(how.resamples, "resamples", least=20)
    rank = math.ceil((1 - require.fraction(alarm_rate, "alarm_rate")) * (deals + 1))
    if rank > deals:
        raise StatisticsError(
            f"{deals!r} resamples cannot give an alarm rate of {alarm_rate!r}; "
            f"use {math.ceil(1 / alarm_rate)!r} or more"
        )
    if len(rows) < 2 * size:
        raise StatisticsError(
            f"{len(rows)!r} reference rows for a window of {size!r}; twice the window is needed"
        )
    length, made = _blocks(rows, how, size)
    rng = np.random.default_rng(how.seed)
    scores = []
    for _ in range(deals):
        inside = _drawn(len(rows), size, how=how, made=made, block=length, rng=rng)
        scores.append(compare(rows[~inside], rows[inside]))
    unchanged = sorted(score.statistic for score in scores)
    return Calibration(
        detector=scores[0].detector,
        threshold=unchanged[rank - 1],
        floor=floor,
        window=size,
        block=length,
        resampled=made,
        alarm_rate=alarm_rate,
        unchanged=tuple(unchanged),
    )


def _rows(reference: ArrayLike | Sequence[Any]) -> NDArray[Any]:
    rows = np.asarray(reference)
    if rows.ndim == 0:
        raise StatisticsError(f"reference is {reference!r}; pass one row per observation")
    return rows


def _blocks(rows: NDArray[Any], how: Resampling, size: int) -> tuple[int, int]:
    """Rows of a block, and of a window that is made of such blocks."""
    if how.block is not None:
        length = require.count(how.block, "block")
        if length > size:
            raise StatisticsError(f"block is {length!r}, longer than the window of {size!r}")
        return length, size
    found = how.dependence or dependence(rows)
    made = max(round(size * found.shown), 2)
    return min(found.block, made), made


def _drawn(
    n: int, size: int, *, how: Resampling, made: int, block: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Mask of the rows of a window."""
    if how.phases is None:
        return _window(n, size=made, block=block, rng=rng)
    start = int(rng.integers(n - size + 1))
    stretch = how.phases[start : start + size]
    inside = np.zeros(n, dtype=np.bool_)
    for phase, rows in zip(*np.unique(stretch[stretch >= 0], return_counts=True), strict=True):
        own = np.flatnonzero(how.phases == phase)
        # The other half is what the window is compared with.
        wanted = min(max(round(int(rows) * made / size), 1), len(own) // 2)
        inside[own[_window(len(own), size=wanted, block=block, rng=rng)]] = True
    return inside


def _window(n: int, *, size: int, block: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Mask of ``size`` rows that come in random blocks of consecutive ones."""
    # A random shift, else the same rows would always share a block.
    shift = int(rng.integers(block))
    blocks = (np.arange(n) + shift) // block
    order = rng.permutation(int(blocks[-1]) + 1)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    chosen = np.argsort(place[blocks], kind="stable")[:size]
    inside = np.zeros(n, dtype=np.bool_)
    inside[chosen] = True
    return inside
