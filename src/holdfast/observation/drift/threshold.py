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
from holdfast.observation.drift.match import match
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.reference import Feature, Sketch
from holdfast.statistics.drift.block_length import Dependence, dependence
from holdfast.statistics.drift.calibrate import Calibration, Resampling, calibrate
from holdfast.statistics.drift.score import Chance, DriftScore
from holdfast.statistics.require import Ints
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
    phases: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[dict[str, Threshold], dict[str, str]]:
    """Find every signal's threshold at the monitor's window; and why some have none.

    ``table`` holds the rows that the reference was fitted to, ``phases`` those of its season that
    they fall into. Windows are then made and compared phase by phase.
    """
    found: dict[str, Threshold] = {}
    refused: dict[str, str] = {}
    columns = list(series(usual, table))
    place = {name: code for code, name in enumerate(usual.phases)}
    codes = np.array([place.get(name, -1) for name in phases], dtype=np.int64) if place else None
    for number, (name, values, places) in enumerate(columns):
        feature = usual.reference.features[name]
        if feature.sketch is None or not feature.sketch.n:
            refused[name] = "no value in the reference"
        elif feature.sketch.constant:
            refused[name] = "every value of the reference is the same"
        else:
            try:
                rows = _Rows(values, codes if codes is None else codes[places])
                depends = usual.dependence.get(name)
                found[name] = _threshold(name, feature, rows, monitor=monitor, depends=depends)
            except StatisticsError as e:
                refused[name] = str(e)
        progress(number + 1, len(columns))
    return found, refused


@dataclass(frozen=True, slots=True)
class _Rows:
    """Values of a column, and the phase of each row; -1 for one that the reference lacks."""

    values: NDArray[Any]
    phases: Ints | None


def _threshold(
    name: str, feature: Feature, rows: _Rows, *, monitor: Monitor, depends: Dependence | None
) -> Threshold:
    compare = _comparing(feature, rows)
    rate = monitor.alarm_rate
    alarm: Calibration = calibrate(
        compare,
        np.arange(len(rows.values)),
        window=monitor.window,
        alarm_rate=rate,
        floor=monitor.floor,
        resampling=Resampling(
            resamples=max(DEALS, round(4 / rate)),
            dependence=depends or dependence(rows.values),
            phases=rows.phases,
        ),
    )
    scores = _in_order(len(rows.values), monitor.window, compare)
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
    rows: int, window: int, compare: Callable[[Any, Any], DriftScore]
) -> Sequence[DriftScore]:
    """Windows that were there, half of each shared with the next, against all other rows."""
    found = []
    places = np.arange(rows)
    for start in range(0, rows - window + 1, max(window // 2, 1)):
        inside = slice(start, start + window)
        found.append(compare(np.delete(places, inside), places[inside]))
    return found


def _comparing(feature: Feature, rows: _Rows) -> Callable[[Any, Any], DriftScore]:
    """Compare rows by their places, those of a phase with those of the same one."""
    count = _counting(feature.sketch)

    def parts(places: Any) -> dict[int, Sketch]:
        if rows.phases is None:
            return {0: count(rows.values[places])}
        codes = rows.phases[places]
        return {code: count(rows.values[places[codes == code]]) for code in set(codes.tolist())}

    def compare(reference: Any, current: Any) -> DriftScore:
        now = parts(current)
        now.pop(-1, None)
        both = match(parts(reference), now)
        if both is None:
            return DriftScore("contrast", 0.0, 1.0, 0.0, len(reference), len(current), Chance())
        found = contrast(*both, dependence=1.0)
        return DriftScore(
            "contrast",
            found.statistic,
            found.p_value,
            found.effect,
            len(reference),
            len(current),
            Chance(),
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
