"""When did the columns of a file move? Every window of it is judged, with a detector by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import scipy
from numpy.typing import NDArray

from holdfast.errors import UsageError
from holdfast.observation.drift.column import labels, numbers, points
from holdfast.observation.drift.curve import FLOORS, TOGETHER, Curve, Curves, Watch
from holdfast.observation.drift.files import Compared, compare
from holdfast.observation.drift.issue import Issue
from holdfast.observation.drift.reference import Sketch
from holdfast.observation.drift.rows import Rows, open_rows
from holdfast.observation.drift.verdict import Aspect
from holdfast.statistics import multiplicity
from holdfast.statistics.drift.calibrate import Calibration, Resampling, calibrate
from holdfast.statistics.drift.registry import BATCH, Kind
from holdfast.statistics.require import Floats
from holdfast.statistics.sketch.label import shorten
from holdfast.statistics.sketch.number import NumberSketch
from holdfast.statistics.sketch.points import PointSketch

__all__ = ["curves"]

MISSING = "(missing)"
_GONE, _THERE = "gone", "there"
_MOST = 50_000
"""Rows of the reference that windows are compared with, or four windows of them."""
_PIECES = 20
_CELLS = 50_000_000
"""Numbers that are judged together at most."""
_WINDOWS = 1_000
_RESAMPLES = 200
_FEWER = 0.9
"""A window is judged by so many of the values that the reference would have in it."""

Progress = Callable[[int, int], None]
Values = NDArray[Any]
Read = Callable[[], tuple[Values, Values]]
"""Gives the values of the reference and of the current rows."""


def curves(
    reference: Path,
    current: Path,
    *,
    watch: Watch | None = None,
    time: str = "",
    progress: Progress = lambda _done, _total: None,
) -> Curves:
    """Judge every column of a file window by window; a short rest belongs to the last one.

    The threshold of a column is what so many windows of the reference, made of its own rows,
    exceed (``calibrate``). A column moved when more of its windows are alarms than chance explains:
    with the threshold from ``r`` windows, the number of alarms in calm ones is beta-binomial
    (as order statistics are: S. S. Wilks 1941, Annals of Mathematical Statistics 12, 91-96), and
    the false-discovery rate is held over all columns (Benjamini-Hochberg).

    Args:
        reference: rows from when all was well, in order; at least two windows of them.
        current: rows that came later, in order; at least one window.
        watch: the window, detectors and limits.
        time: a column of the current rows that names the windows.
        progress: called with the columns that are done, and all of them.

    Raises:
        UsageError: a file that cannot be read or has too few rows, no such column of time.
        StatisticsError: limits that mean nothing, or no such detector.
    """
    watch = watch or Watch()
    if reference.suffix == ".json":
        raise UsageError(
            f"{str(reference)!r} holds counts, and windows are made of rows; "
            "give the Parquet or CSV file that it was fitted to"
        )
    usual, now = open_rows(reference), open_rows(current)
    starts = _starts(usual.rows, now.rows, watch.window)
    times = _times(now, time, starts)
    found = compare(reference, current)
    plan = list(_planned(_judged(found, time), usual, now, most=max(_MOST, 4 * watch.window)))
    made: list[Curve] = []
    issues = [one for one in found.drift.issues if one.column != time]
    for done, (column, aspect, kind, read) in enumerate(plan):
        progress(done, len(plan))
        detector = watch.joint if column == TOGETHER else watch.detector(kind)
        before, values = read()
        if aspect == "missing" and _GONE not in before and _GONE not in values:
            continue
        alarm = _alarm(before, watch, detector)
        if alarm is None:
            issues.append(Issue(column, "few_values", "has too few reference values; not judged"))
        else:
            made.append(_curve(column, aspect, alarm, before, np.split(values, starts[1:])))
    progress(len(plan), len(plan))
    decided = _decided(made, watch.alpha)
    return Curves(usual.name, now.name, watch, starts, times, decided, tuple(issues))


def _starts(before: int, rows: int, size: int) -> tuple[int, ...]:
    """First rows of the windows."""
    if before < 2 * size or rows < size:
        raise UsageError(
            f"{before:,} reference rows and {rows:,} current ones for windows of {size:,}; "
            f"{2 * size:,} and {size:,} are needed: give a smaller window"
        )
    windows = rows // size
    if windows > _WINDOWS:
        raise UsageError(
            f"{rows:,} rows are {windows:,} windows of {size:,}, and {_WINDOWS:,} are judged at "
            f"most; give a window of {-(-rows // _WINDOWS):,} or more"
        )
    return tuple(size * number for number in range(windows))


def _times(now: Rows, time: str, starts: Sequence[int]) -> tuple[str, ...]:
    if not time:
        return ()
    if time not in now.columns:
        raise UsageError(f"{now.name!r} has no column {time!r}; it has {list(now.columns)!r}")
    column = _whole(now, time)
    return tuple(str(column[start].as_py()) for start in starts)


def _judged(found: Compared, time: str) -> dict[str, Sketch]:
    """Columns that both files have, but for times, ids and nested values."""
    return {
        name: one.sketch
        for name, one in found.reference.features.items()
        if one.sketch is not None
        and not one.rising
        and name != time
        and name in found.current.features
    }


def _planned(
    judged: Mapping[str, Sketch], usual: Rows, now: Rows, *, most: int
) -> Iterator[tuple[str, Aspect, Kind, Read]]:
    """Every column, what of it is missing, and all numbers together."""
    chosen = _pieces(usual.rows, most)

    def values(name: str, sketch: Sketch) -> tuple[Values, Values]:
        return _values(_whole(usual, name), sketch)[chosen], _values(_whole(now, name), sketch)

    def gone(name: str, sketch: Sketch) -> tuple[Values, Values]:
        before, after = values(name, sketch)
        return _gone(before), _gone(after)

    for name, sketch in judged.items():
        yield name, "values", _kind(sketch), partial(values, name, sketch)
        yield name, "missing", "labels", partial(gone, name, sketch)
    varied = {
        name: sketch
        for name, sketch in judged.items()
        if isinstance(sketch, NumberSketch) and not sketch.constant
    }
    if len(varied) > 1 and len(varied) * now.rows <= _CELLS:
        yield (
            TOGETHER,
            "values",
            "points",
            lambda: _scores([values(*one) for one in varied.items()]),
        )


def _pieces(rows: int, most: int) -> NDArray[np.int64] | slice:
    """At most so many rows, in pieces of neighbours from all over."""
    if rows <= most:
        return slice(None)
    each = most // _PIECES
    firsts = np.linspace(0, rows - each, _PIECES).astype(np.int64)
    return (firsts[:, np.newaxis] + np.arange(each)).ravel()


def _kind(sketch: Sketch) -> Kind:
    if isinstance(sketch, PointSketch):
        return "points"
    return "numbers" if isinstance(sketch, NumberSketch) else "labels"


def _whole(rows: Rows, name: str) -> Any:
    return pa.Table.from_batches(list(rows.batches([name]))).column(name)


def _values(column: Any, sketch: Sketch) -> Values:
    """One value a row; NaN or MISSING where there is none."""
    if isinstance(sketch, NumberSketch):
        read = numbers(column).values.astype(np.float64)
        return np.where(np.isfinite(read), read, np.nan)
    if isinstance(sketch, PointSketch):
        return points(column, width=sketch.width)
    names, codes = labels(column)
    short = ["" if name is None else shorten(name) for name in names]
    known = [name if name in sketch.layout.names else "(other)" for name in short]
    return np.array([*known, MISSING], dtype=object)[codes]


def _there(values: Values) -> NDArray[np.bool_]:
    """Rows that are not missing."""
    if values.dtype == object:
        return np.not_equal(values, MISSING).astype(np.bool_)
    return np.asarray(np.isfinite(values.reshape(len(values), -1)).all(axis=1), dtype=np.bool_)


def _gone(values: Values) -> Values:
    return np.where(_there(values), _THERE, _GONE).astype(object)


def _scores(columns: Sequence[tuple[Values, Values]]) -> tuple[Floats, Floats]:
    """Columns by their normal scores in the reference, so that none outweighs the others."""
    sides: tuple[list[Floats], list[Floats]] = ([], [])
    for before, now in columns:
        ordered = np.sort(before[np.isfinite(before)])
        for side, values in zip(sides, (before, now), strict=True):
            below, upto = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
            shares = (below + upto + 1) / (2 * len(ordered) + 2)
            # What is missing stands in the middle; that it is missing is judged by itself.
            side.append(np.where(np.isfinite(values), scipy.special.ndtri(shares), 0.0))
    return np.column_stack(sides[0]), np.column_stack(sides[1])


def _alarm(before: Values, watch: Watch, detector: str) -> Calibration | None:
    """When a window is an alarm; None where the reference has too few values."""
    known = before[_there(before)]
    size = watch.window
    if len(known) < len(before):
        size = int(_FEWER * size * len(known) / len(before))
    if size < 2 or len(known) < 2 * size:  # noqa: PLR2004 - one value has no spread
        return None
    return calibrate(
        BATCH[detector].statistic,
        known,
        window=size,
        alarm_rate=watch.alarm_rate,
        floor=FLOORS[detector] if watch.floor is None else watch.floor,
        resampling=Resampling(resamples=max(_RESAMPLES, math.ceil(2 / watch.alarm_rate))),
    )


def _curve(
    column: str, aspect: Aspect, alarm: Calibration, before: Values, windows: Sequence[Values]
) -> Curve:
    known, compare = before[_there(before)], BATCH[alarm.detector].statistic
    scores = [
        compare(known, there) if len(there := one[_there(one)]) >= alarm.window else None
        for one in windows
    ]
    alarms = tuple(one is not None and alarm.fires(one) for one in scores)
    judged = sum(one is not None for one in scores)
    return Curve(
        column=column,
        aspect=aspect,
        detector=alarm.detector,
        threshold=alarm.threshold,
        floor=alarm.floor,
        statistics=tuple(None if one is None else one.statistic for one in scores),
        effects=tuple(None if one is None else one.effect for one in scores),
        alarms=alarms,
        p_value=_chance(sum(alarms), judged, alarm),
    )


def _chance(alarms: int, windows: int, alarm: Calibration) -> float:
    """How likely so many of calm windows exceed a threshold that windows like them gave."""
    if not alarms:
        return 1.0
    made = len(alarm.unchanged)
    above = made + 1 - math.ceil((1 - alarm.alarm_rate) * (made + 1))
    return float(scipy.stats.betabinom.sf(alarms - 1, windows, above, made + 1 - above))


def _decided(made: Sequence[Curve], alpha: float) -> tuple[Curve, ...]:
    """Curves with a verdict over all of them, those that moved first."""
    if not made:
        return ()
    found = multiplicity.benjamini_hochberg([one.p_value for one in made], alpha=alpha)
    told = [
        replace(one, adjusted=float(level), moved=bool(sure))
        for one, level, sure in zip(made, found.adjusted, found.rejected, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (not one.moved, one.p_value, one.column)))
