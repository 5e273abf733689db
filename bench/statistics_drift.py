"""How soon drift detectors notice a change, and how often they cry without one."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import installed
import numpy as np
from numpy.typing import NDArray
from table import show

from holdfast.statistics.drift.betting_two_sample import BettingTwoSample
from holdfast.statistics.drift.calibrate import Resampling, calibrate
from holdfast.statistics.drift.changepoint import changepoint
from holdfast.statistics.drift.page_hinkley import PageHinkley
from holdfast.statistics.drift.registry import BATCH, Kind
from holdfast.statistics.drift.score import DriftScore
from holdfast.statistics.drift.shiryaev_roberts import ShiryaevRoberts

Rows = NDArray[Any]
BASE, RAISED, REFERENCE, CALM, PATIENCE = 0.1, 0.2, 2_000, 1_000, 5_000


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a tenth of the runs")
    installed.switch(options)
    given = options.parse_args()
    scale = 1 if given.quick else 10
    if there := installed.package(given.peers, "river"):
        # Behind our own packages, so that both sides run on the same numpy.
        sys.path.append(str(there))
    streams(scale)
    numbers(scale)
    run_length(scale)
    fixed(scale)
    calibrated(scale)
    speed()
    location(scale)


class River:
    """A detector of river with our interface."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector
        self.drifted = False

    def update(self, x: float) -> None:
        """Take the next value."""
        self._detector.update(x)
        self.drifted = self.drifted or bool(self._detector.drift_detected)


def detectors() -> dict[str, Callable[[Rows], Any]]:
    """Every stream detector, from a reference; river's where it is installed."""
    found: dict[str, Callable[[Rows], Any]] = {
        "shiryaev_roberts, run length 1e5": ShiryaevRoberts,
        "shiryaev_roberts, run length 1e4": lambda r: ShiryaevRoberts(r, run_length=1e4),
        "betting_two_sample, alpha 0.001": BettingTwoSample,
        "page_hinkley, threshold 50": lambda _: PageHinkley(),
        "page_hinkley, threshold 15": lambda _: PageHinkley(threshold=15),
    }
    if importlib.util.find_spec("river") is None:
        return found
    drift = importlib.import_module("river.drift")
    found["river ADWIN"] = lambda _: River(drift.ADWIN())
    found["river PageHinkley"] = lambda _: River(drift.PageHinkley())
    found["river DDM"] = lambda _: River(drift.binary.DDM())
    found["river EDDM"] = lambda _: River(drift.binary.EDDM())
    return found


def until(detector: Any, values: list[float]) -> int | None:
    """Rows until the alarm."""
    for i, x in enumerate(values, start=1):
        detector.update(x)
        if detector.drifted:
            return i
    return None


def streams(scale: int) -> None:
    """Delay after the error rate doubles."""
    rows: list[list[object]] = []
    for name, build in detectors().items():
        rng = np.random.default_rng(1)
        runs = 100 * scale if "betting" not in name else 20 * scale
        early, delays, updates, spent = 0, [], 0, 0.0
        for _ in range(runs):
            detector = build(rng.random(REFERENCE) < BASE)
            calm = (rng.random(CALM) < BASE).astype(float).tolist()
            raised = (rng.random(PATIENCE) < RAISED).astype(float).tolist()
            started = time.perf_counter()
            at = until(detector, calm)
            delay = until(detector, raised) if at is None else None
            spent += time.perf_counter() - started
            early += at is not None
            updates += at or CALM + (delay or PATIENCE)
            if at is None:
                delays.append(delay or PATIENCE)
        quantiles = np.quantile(delays, [0.5, 0.9]).tolist() if delays else ["-", "-"]
        missed = 100 * sum(d >= PATIENCE for d in delays) / max(len(delays), 1)
        rows.append([name, 100 * early / runs, *quantiles, missed, f"{updates / spent:,.0f}"])
    show(
        "Streams: error rate 0.1 -> 0.2",
        inputs=f"{100 * scale} runs (betting: {20 * scale}); a new reference of {REFERENCE:,} rows "
        f"each, {CALM:,} rows at 0.1, then up to {PATIENCE:,} at 0.2",
        columns=("detector", "early alarms %", "median delay", "p90", "missed %", "updates/s"),
        rows=rows,
    )


def numbers(scale: int) -> None:
    """Delay after an unbounded number shifts or spreads."""
    wanted = ("betting_two_sample", "river ADWIN", "page_hinkley, threshold 50")
    chosen = {name: build for name, build in detectors().items() if name.startswith(wanted)}
    rows: list[list[object]] = []
    for change, (shift, spread) in {"1 up": (1, 1), "1 down": (-1, 1), "2 wide": (0, 2)}.items():
        for name, build in chosen.items():
            rng = np.random.default_rng(7)
            early, delays = 0, []
            for _ in range(20 * scale):
                detector = build(rng.normal(size=REFERENCE))
                early += until(detector, rng.normal(size=CALM).tolist()) is not None
                if not detector.drifted:
                    values = rng.normal(shift, spread, PATIENCE).tolist()
                    delays.append(until(detector, values) or PATIENCE)
            missed = 100 * sum(d >= PATIENCE for d in delays) / max(len(delays), 1)
            median = float(np.median(delays)) if delays else "-"
            rows.append([change, name, 100 * early / (20 * scale), median, missed])
    show(
        "Streams: a normal number changes place or spread",
        inputs=f"{20 * scale} runs; a reference of {REFERENCE:,} rows each, {CALM:,} rows "
        f"unchanged, then up to {PATIENCE:,} changed, in deviations",
        columns=("change", "detector", "early alarms %", "median delay", "missed %"),
        rows=rows,
    )


def run_length(scale: int) -> None:
    """Rows per false alarm, over many references, starting anew after each alarm."""
    rows: list[list[object]] = []
    for name, build in detectors().items():
        if "betting" in name:
            continue
        rng = np.random.default_rng(2)
        total = alarms = 0
        for _ in range(40 * scale):
            reference = rng.random(REFERENCE) < BASE
            values = (rng.random(10_000) < BASE).astype(float).tolist()
            detector = build(reference)
            while (at := until(detector, values)) is not None:
                alarms += 1
                values = values[at:]
                detector = build(reference)
            total += 10_000
        shown = f"{total / alarms:,.0f}" if alarms else f"> {total:,}"
        rows.append([name, alarms, shown])
    show(
        "Streams: rows per false alarm at error rate 0.1",
        inputs=f"{40 * scale} references of {REFERENCE:,} rows, 10,000 rows each, "
        "a detector starts anew after an alarm and each 10,000 rows",
        columns=("detector", "alarms", "rows per alarm"),
        rows=rows,
    )


def fixed(scale: int) -> None:
    """Alarms of the customary thresholds on unchanged windows, beside calibrated ones."""
    rng = np.random.default_rng(3)
    reference = rng.normal(size=1_000)
    customary: dict[str, Callable[[DriftScore], bool]] = {
        "wasserstein": lambda score: score.statistic >= 0.1,
        "psi": lambda score: score.statistic >= 0.1,
        "jensen_shannon": lambda score: score.statistic >= 0.1,
        "ks": lambda score: (score.p_value or 0.0) < 0.05,
    }
    rows: list[list[object]] = []
    for name, fires in customary.items():
        compare = BATCH[name].compare
        for window in (50, 100, 200, 400):
            alarm = calibrate(
                compare, reference, window=window, alarm_rate=0.01, resampling=Resampling(block=1)
            )
            runs = 100 * scale
            scores = [compare(reference, rng.normal(size=window)) for _ in range(runs)]
            changed = [compare(reference, rng.normal(0.5, 1, window)) for _ in range(runs)]
            rows.append(
                [
                    name,
                    window,
                    100 * float(np.mean([fires(score) for score in scores])),
                    100 * float(np.mean([alarm.fires(score) for score in scores])),
                    100 * float(np.mean([alarm.fires(score) for score in changed])),
                ]
            )
    show(
        "Numbers: alarms on unchanged windows",
        inputs=f"{100 * scale} normal windows a row against 1,000 reference rows; customary: "
        "0.1, KS p < 0.05; calibrated: 1 % by 200 resamples; shift of half a deviation",
        columns=("detector", "window", "customary %", "calibrated %", "calibrated, shifted %"),
        rows=rows,
    )


def draw(kind: Kind, rng: np.random.Generator, n: int, *, shift: float = 0.0) -> Rows:
    """Rows of a kind; ``shift`` in deviations (of each column, for points)."""
    if kind == "numbers":
        return rng.normal(shift, 1, n)
    if kind == "labels":
        p = np.array([0.6, 0.3, 0.1]) + shift * np.array([-0.3, 0.1, 0.2])
        return rng.choice(["ok", "refused", "empty"], size=n, p=p)
    return rng.normal(shift / 4, 1 + shift / 8, (n, 128))


def calibrated(scale: int) -> None:
    """Every batch detector with a calibrated threshold, over several references."""
    rows: list[list[object]] = []
    for name, detector in BATCH.items():
        kind = detector.kinds[0]
        rng = np.random.default_rng(4)
        calm, changed = [], []
        compare = detector.compare
        if name in ("energy", "mmd"):
            # Only the statistic is looked at, so its p-value need not be dealt.
            compare = partial(compare, permutations=1)
        for _ in range(3 * scale):
            reference = draw(kind, rng, 1_000)
            alarm = calibrate(
                compare,
                reference,
                window=200,
                alarm_rate=0.05,
                resampling=Resampling(resamples=60, block=1),
            )
            for _ in range(10):
                score = compare(reference, draw(kind, rng, 200))
                calm.append(alarm.fires(score))
                score = compare(reference, draw(kind, rng, 200, shift=0.4))
                changed.append(alarm.fires(score))
        rows.append([name, kind, 100 * float(np.mean(calm)), 100 * float(np.mean(changed))])
    show(
        "All batch detectors at a calibrated 5 %",
        inputs=f"{3 * scale} references of 1,000 rows, 10 windows of 200 each; change: 0.4 "
        "deviations; labels 60/30/10 -> 48/34/18 %; 128 columns 0.1 up and 5 % wider",
        columns=("detector", "rows", "unchanged: alarms %", "changed: alarms %"),
        rows=rows,
    )


def speed() -> None:
    """Seconds of one comparison."""
    rows: list[list[object]] = []
    rng = np.random.default_rng(5)
    for name, detector in BATCH.items():
        kind = detector.kinds[0]
        times = []
        for n in (1_000, 20_000):
            reference, current = draw(kind, rng, n), draw(kind, rng, n)
            started = time.perf_counter()
            detector.compare(reference, current)
            times.append(1_000 * (time.perf_counter() - started))
        rows.append([name, kind, *times])
    show(
        "Time of one comparison",
        inputs="as many current rows as reference rows; points have 128 columns; "
        "energy and mmd look at 500 rows of each",
        columns=("detector", "rows", "1,000 rows ms", "20,000 rows ms"),
        rows=rows,
    )


def location(scale: int) -> None:
    """How well the row of a change is found afterwards."""
    rows: list[list[object]] = []
    for raised in (0.2, 0.3, 0.5):
        rng = np.random.default_rng(6)
        found = [
            changepoint(
                np.r_[rng.random(400) < BASE, rng.random(200) < raised], resamples=200, seed=i
            )
            for i in range(20 * scale)
        ]
        errors = [abs(f.index - 400) for f in found]
        held = 100 * float(np.mean([f.earliest <= 400 <= f.latest for f in found]))
        width = float(np.median([f.latest - f.earliest for f in found]))
        rows.append([f"0.1 -> {raised}", float(np.median(errors)), held, width])
    show(
        "Change points: failures per row",
        inputs=f"{20 * scale} series a row of 400 rows before and 200 after; range of 90 %",
        columns=("rate", "median error, rows", "range holds it %", "median range, rows"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
