"""From when a signal's move is an alarm: what windows of the reference itself hardly ever show."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import StatisticsError
from holdfast.observation.drift.fitted import Fitted, series
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.reference import Feature, Sketch
from holdfast.statistics.drift.calibrate import Calibration, Resampling, calibrate
from holdfast.statistics.drift.score import DriftScore
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch
from holdfast.statistics.sketch.points import PointSketch

__all__ = ["Threshold", "thresholds"]

DEALS = 400
"""Windows that are made of a reference; more where the alarm rate asks for them."""
CUSTOMARY = 0.05
"""The p-value that is an alarm by custom."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A signal's statistic that is an alarm, with what was found out about false ones.

    ``realised`` is the share of the reference's own windows, in the order they came, that exceed
    it; ``customary`` the share that a p-value below 5 % for independent rows would have alarmed.
    ``unchanged`` are statistics of unchanged windows, sorted.
    """

    signal: str
    statistic: float
    alarm_rate: float
    floor: float
    window: int
    block: int
    resampled: int
    realised: float
    customary: float
    unchanged: tuple[float, ...]

    def p_value(self, statistic: float) -> float:
        """Share of unchanged windows, this one included, that are as far off."""
        beyond = len(self.unchanged) - bisect.bisect_left(self.unchanged, statistic)
        return (beyond + 1) / (len(self.unchanged) + 1)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Threshold:
        """What ``to_json`` gave."""
        return cls(**{**value, "unchanged": tuple(value["unchanged"])})


def thresholds(
    usual: Fitted,
    table: Any,
    *,
    monitor: Monitor,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[dict[str, Threshold], dict[str, str]]:
    """Find every signal's threshold at the monitor's window; and why some have none.

    ``table`` holds the rows that the reference was fitted to.
    """
    found: dict[str, Threshold] = {}
    refused: dict[str, str] = {}
    columns = list(series(usual, table))
    for number, (name, rows) in enumerate(columns):
        feature = usual.reference.features[name]
        if feature.sketch is None or not feature.sketch.n:
            refused[name] = "no value in the reference"
        elif feature.sketch.constant:
            refused[name] = "every value of the reference is the same"
        else:
            try:
                found[name] = _threshold(name, feature, rows, monitor)
            except StatisticsError as e:
                refused[name] = str(e)
        progress(number + 1, len(columns))
    return found, refused


def _threshold(name: str, feature: Feature, rows: NDArray[Any], monitor: Monitor) -> Threshold:
    compare = _comparing(feature)
    rate = monitor.alarm_rate
    alarm: Calibration = calibrate(
        compare,
        rows,
        window=monitor.window,
        alarm_rate=rate,
        floor=monitor.floor,
        resampling=Resampling(resamples=max(DEALS, round(4 / rate))),
    )
    scores = _in_order(rows, monitor.window, compare)
    return Threshold(
        name,
        alarm.threshold,
        rate,
        monitor.floor,
        alarm.window,
        alarm.block,
        alarm.resampled,
        float(np.mean([one.statistic > alarm.threshold for one in scores])),
        float(np.mean([(one.p_value or 0.0) < CUSTOMARY for one in scores])),
        alarm.unchanged,
    )


def _in_order(
    rows: NDArray[Any], window: int, compare: Callable[[Any, Any], DriftScore]
) -> Sequence[DriftScore]:
    """Windows that were there, half of each shared with the next, against all other rows."""
    found = []
    for start in range(0, len(rows) - window + 1, max(window // 2, 1)):
        inside = slice(start, start + window)
        found.append(compare(np.delete(rows, inside, axis=0), rows[inside]))
    return found


def _comparing(feature: Feature) -> Callable[[Any, Any], DriftScore]:
    count = _counting(feature.sketch)

    def compare(reference: Any, current: Any) -> DriftScore:
        before, now = count(reference), count(current)
        if not before.n or not now.n:
            return DriftScore("contrast", 0.0, 1.0, 0.0, len(reference), len(current))
        found = contrast(before, now, dependence=1.0)
        return DriftScore(
            "contrast",
            found.statistic,
            found.p_value,
            found.effect,
            len(reference),
            len(current),
        )

    return compare


def _counting(sketch: Sketch | None) -> Callable[[Any], Sketch]:
    """From rows as ``series`` gives them to a sketch of the same layout."""
    match sketch:
        case NumberSketch(layout=layout):
            return lambda codes: NumberSketch(layout, _counts(codes, layout.bins))
        case LabelSketch(layout=names):
            return lambda codes: LabelSketch(names, _counts(codes, names.bins))
        case _:
            return PointSketch.of


def _counts(codes: Any, bins: int) -> Any:
    return np.bincount(codes[codes >= 0], minlength=bins).astype(np.int64)


def read(value: Mapping[str, Any]) -> dict[str, Threshold]:
    """Thresholds by signal, as they are stored."""
    return {name: Threshold.from_json(one) for name, one in value.items()}
