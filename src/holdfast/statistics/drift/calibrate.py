"""An alarm threshold that comes from the reference itself, at the window size in use.

A fixed threshold is an alarm at 50 rows and deaf at 50,000; a p-value assumes independent rows and
finds harmless changes in many. So the reference is cut up into windows of the size that will be
compared, unchanged by construction, and the threshold is what only few of them exceed.

Such a window is compared with the rest of the reference, later ones with all of it; blocks hide a
little of the dependence of rows, and tell no more of it than they are many. A detector that says
what chance does to its statistic (``Chance``) has these three taken into account. Its windows may
also be smaller than the real ones, which is how a window of a million rows is calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.drift.block_length import Dependence, dependence
from holdfast.statistics.drift.score import DriftScore, scarcity
from holdfast.statistics.require import Floats, Ints

__all__ = ["Calibration", "Resampling", "calibrate"]

_MOST = 5_000
"""Rows of a window from which on the null distribution only shrinks."""
_LOOKED = 200_000
"""Rows that dependence is learned from; it does not reach as far."""
_TIMES = 4
"""References longer than so many windows are looked at no further then."""
_SHARED = 1.5
"""Blocks at random shifts tell as much as so many times the disjoint ones (Kunsch 1989)."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How windows are made: ``block`` consecutive rows stay together.

    By default as many as the reference's own dependence asks for (``block_length``). Where the
    detector does not say what chance does to its statistic, a window is then as much smaller than
    the real one as such blocks hide of that dependence, so that it varies as much.
    ``phases`` are of a season, one code a row, -1 for none: a window then has the phases of a
    stretch that was there, made of blocks of rows of the same phases.
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
    """Rows of the windows that were made."""
    alarm_rate: float
    unchanged: tuple[float, ...]
    grain: float = 0.0
    """Within so much below the threshold, the rows draw whether they are an alarm."""

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
        drawn = score.chance.lot if score.chance else None
        moved = score.statistic + self.grain * (drawn or 0.0)
        return moved > self.threshold and score.effect >= self.floor


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
    0.44
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
    whole, plan, scores = _resampled(compare, rows, size=size, how=how)
    tails = _tails(plan, scores, alarm_rate)
    unchanged = np.array([_at(whole, score, plan, tails) for score in scores])
    drawn = [score.chance.lot if score.chance else None for score in scores]
    grain = _grain(np.sort(unchanged), rank) if None not in drawn else 0.0
    lots = np.array([one or 0.0 for one in drawn])
    return Calibration(
        detector=scores[0].detector,
        threshold=float(np.sort(unchanged + grain * lots)[rank - 1]),
        floor=floor,
        window=size,
        block=plan.block,
        resampled=plan.inside,
        alarm_rate=alarm_rate,
        unchanged=tuple(np.sort(unchanged).tolist()),
        grain=grain,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Rows of a resampled window, of what it is compared with, and of a block."""

    inside: int
    outside: int
    block: int
    blocks: float
    """How many blocks tell of the dependence; infinitely many where there is none."""
    factor: float
    """What dependence multiplies the variance of a mean of many rows by."""
    shown: float
    """Share of it that blocks show, of what windows do."""


def _rows(reference: ArrayLike | Sequence[Any]) -> NDArray[Any]:
    rows = np.asarray(reference)
    if rows.ndim == 0:
        raise StatisticsError(f"reference is {reference!r}; pass one row per observation")
    return rows


def _resampled(
    compare: Callable[[Any, Any], DriftScore], rows: NDArray[Any], *, size: int, how: Resampling
) -> tuple[DriftScore, _Plan, list[DriftScore]]:
    """A score at the real numbers of rows, and those of windows that were made."""
    rng = np.random.default_rng(how.seed)
    kept, plan = len(rows), _plan(rows, how, size, scales=False)

    def score() -> DriftScore:
        some = _some(rows, kept, rng)
        outside, inside = _split(kept, size, plan=plan, phases=how.phases, rng=rng)
        return compare(some[outside], some[inside])

    scores = [score()]
    whole = scores[0]
    if whole.chance is not None:
        if how.phases is None:
            # Only what chance does at these numbers of rows is asked, so any rows will do.
            whole = compare(rows, rows[:size])
            seen = whole.chance.seen if whole.chance and how.block is None else 1.0
            if seen < 1:
                how, size = replace(how, dependence=_sparse(rows, how, seen)), round(size * seen)
                kept = max(round(kept * seen), 2 * size)
                some = _some(rows, kept, rng)
                whole = compare(some, some[:size])
        plan = _plan(rows[:kept], how, size, scales=True)
        scores = []
    scores += [score() for _ in range(how.resamples - len(scores))]
    return whole, plan, scores


def _some(rows: NDArray[Any], kept: int, rng: np.random.Generator) -> NDArray[Any]:
    """So many of the rows, in order: what a detector does not look at, no window needs to hold."""
    if kept >= len(rows):
        return rows
    chosen: NDArray[Any] = rows[np.sort(rng.choice(len(rows), kept, replace=False, shuffle=False))]
    return chosen


def _sparse(rows: NDArray[Any], how: Resampling, seen: float) -> Dependence:
    """How rows hang together of which so large a share was drawn: most neighbours are gone."""
    found = how.dependence or dependence(rows[:_LOOKED])
    block = max(math.ceil(found.block * seen), 1)
    return Dependence(block, 1 + (found.factor - 1) * seen, found.shown)


def _plan(rows: NDArray[Any], how: Resampling, size: int, *, scales: bool) -> _Plan:
    n = len(rows)
    if how.block is not None:
        length, factor, shown = require.count(how.block, "block"), 1.0, 1.0
        if length > size:
            raise StatisticsError(f"block is {length!r}, longer than the window of {size!r}")
        blocks = math.inf
    else:
        found = how.dependence or dependence(rows[:_LOOKED])
        length, factor, shown = found.block, found.factor, found.shown
        blocks = _SHARED * n / length if length > 1 else math.inf
    if not scales:
        made = max(round(size * shown), 2)
        return _Plan(made, n - made, min(length, made), math.inf, 1.0, 1.0)
    made, rest = size, n - size
    if size > _MOST and how.phases is None:
        made = min(max(_MOST, 20 * length), size)
        rest = min(round(made * rest / size), _TIMES * made)
    block = min(length, made)
    # A window hides what a block of its length would: less, the longer it is.
    real, cut = (max(1 - (1 - shown) * length / of, 0.1) for of in (size, block))
    return _Plan(made, rest, block, blocks, factor * real, cut / real)


def _tails(plan: _Plan, scores: list[DriftScore], alarm_rate: float) -> float:
    """What a variance that was learned from few blocks adds to it in the tails.

    Fisher's tails over those of chi-square, Student's (1908, Biometrika 6, 1-25) where the
    statistic is one number squared; of many, the errors of their variances cancel out.
    """
    chance = scores[0].chance
    if not math.isfinite(plan.blocks) or chance is None or chance.power <= 0:
        return 1.0
    moved = np.array([max(score.statistic - chance.still, 0.0) for score in scores])
    squares = moved ** (1 / chance.power)
    parts = max(2 * float(squares.mean()) ** 2 / max(float(squares.var()), 1e-300), 1.0)
    known = max(plan.blocks - 1, 1) * parts
    fisher = float(scipy.special.fdtri(parts, known, 1 - alarm_rate))
    return max(fisher * parts / float(scipy.special.chdtri(parts, alarm_rate)), 1.0)


def _at(whole: DriftScore, score: DriftScore, plan: _Plan, tails: float) -> float:
    """The statistic that a resampled one would be at the real numbers of rows."""
    if whole.chance is None or score.chance is None:
        return score.statistic
    real, made = whole.chance, score.chance
    grown = _varied(whole, plan.factor, tails) / _varied(score, plan.factor * plan.shown, 1.0)
    scale = real.size / made.size * math.pow(grown, made.power)
    return made.still + (score.statistic - made.still) * scale


def _varied(score: DriftScore, factor: float, tails: float) -> float:
    """Variance in that of independent rows; of rows that were thinned, little depends."""
    share = 1.0
    if score.chance and score.chance.looked:
        share = scarcity(score.reference_rows, score.current_rows) / score.chance.looked
    return 1.0 + (max(factor, 0.1) * tails - 1.0) * share


def _grain(unchanged: Floats, rank: int) -> float:
    """From the value that few statistics exceed to the next ones on either side of it."""
    at = unchanged[rank - 1]
    margin = 1e-9 * max(1.0, abs(float(at)))
    above, below = unchanged[unchanged > at + margin], unchanged[unchanged < at - margin]
    return float((above[0] if above.size else at) - (below[-1] if below.size else at))


def _split(
    n: int, size: int, *, plan: _Plan, phases: Ints | None, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Rows outside and inside a window."""
    if phases is None:
        rows = _shuffled(n, plan.inside + plan.outside, block=plan.block, rng=rng)
        inside, outside = np.split(rows, [plan.inside])
        return np.sort(outside), np.sort(inside)
    start = int(rng.integers(n - size + 1))
    stretch = phases[start : start + size]
    chosen = np.zeros(n, dtype=np.bool_)
    for phase, found in zip(*np.unique(stretch[stretch >= 0], return_counts=True), strict=True):
        own = np.flatnonzero(phases == phase)
        # The other half is what the window is compared with.
        wanted = min(max(round(int(found) * plan.inside / size), 1), len(own) // 2)
        chosen[own[_shuffled(len(own), wanted, block=plan.block, rng=rng)]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _shuffled(n: int, wanted: int, *, block: int, rng: np.random.Generator) -> Ints:
    """So many rows of n, in random blocks of consecutive ones."""
    # A random shift, else the same rows would always share a block.
    shift = int(rng.integers(block))
    blocks = -(-(n + shift) // block)
    # The first and the last block may be shorter than others.
    needed = min(-(-wanted // block) + 2, blocks)
    order = rng.choice(blocks, size=needed, replace=False)
    rows = (order[:, np.newaxis] * block - shift + np.arange(block)).ravel()
    return rows[(rows >= 0) & (rows < n)][:wanted]
