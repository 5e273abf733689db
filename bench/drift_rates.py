"""Nothing changed: how often does every registered drift detector raise its alarm, from 50 rows on?

Batch detectors as they are used: with a threshold that ``calibrate`` found at the window in use,
a new one for each of several references, and by their own p-value where they have one. Stream
detectors by the rows until their first alarm.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats
from table import show

from holdfast.statistics.drift.adwin import Adwin
from holdfast.statistics.drift.betting_bins import BettingBins
from holdfast.statistics.drift.betting_two_sample import BettingTwoSample
from holdfast.statistics.drift.calibrate import calibrate
from holdfast.statistics.drift.page_hinkley import PageHinkley
from holdfast.statistics.drift.registry import BATCH, Kind
from holdfast.statistics.drift.shiryaev_roberts import ShiryaevRoberts

Rows = NDArray[Any]
Draw = Callable[[np.random.Generator, int], Rows]
SIZES = (50, 200, 1_000, 10_000, 100_000, 1_000_000)
NOMINAL, SLACK = 0.05, 0.2
REFERENCE = 2_000
COLUMNS = 8
DEPENDENT = "neighbours alike"
MEMORY = 0.7
DEALS = 99
LENGTHS = ((1_000, 300), (10_000, 150))
"""Promised run lengths, and runs of each."""
QUICK = 0.04
"""Share of the planned references that takes less than a minute."""
SLOW = ("mmd", "domain_classifier")
"""Detectors of which half of the references must do."""


@dataclass(frozen=True)
class Plan:
    """References, windows of each, and references of the p-values with one window each."""

    references: int
    windows: int
    pairs: int


PLANS = {
    50: Plan(60, 75, 2_400),
    200: Plan(60, 75, 2_400),
    1_000: Plan(60, 40, 2_400),
    10_000: Plan(50, 30, 1_200),
    100_000: Plan(40, 20, 600),
    1_000_000: Plan(30, 8, 200),
}


@dataclass(frozen=True)
class Cell:
    """A detector with one shape of rows, of one number."""

    name: str
    kind: Kind
    shape: str
    n: int


@dataclass(frozen=True)
class Found:
    """What a cell gave: of each reference, the share of its windows that was an alarm."""

    cell: Cell
    shares: tuple[float, ...]
    windows: int

    @property
    def line(self) -> list[object]:
        """Of the table."""
        middle, least, most = estimated(self.shares)
        interval, mark = f"{100 * least:.1f} to {100 * most:.1f}", marked(middle, least, most)
        one = self.cell
        head = [one.name, one.kind, one.shape, f"{one.n:,}", len(self.shares)]
        return [*head, self.windows, 100 * middle, interval, mark]


Rate = Callable[[Cell, float], Found]


def waves(rng: np.random.Generator, n: int, columns: int | None = None) -> Rows:
    """Normal rows each of which resembles the one before."""
    noise = rng.normal(size=n + 100 if columns is None else (n + 100, columns))
    found: Rows = signal.lfilter([1], [1, -MEMORY], noise, axis=0)[100:]
    return found


def sticky(rng: np.random.Generator, n: int) -> Rows:
    """Labels that stay as they were in every second row."""
    fresh = rng.random(n) < 0.5
    fresh[0] = True
    last = np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
    found: Rows = rng.choice(np.array(["ok", "refused", "empty"]), n, p=[0.6, 0.3, 0.1])[last]
    return found


def labels(names: str, shares: Sequence[float]) -> Draw:
    kinds = np.array(names.split())
    return lambda rng, n: rng.choice(kinds, n, p=shares)


SHAPES: dict[Kind, dict[str, Draw]] = {
    "numbers": {
        "normal": lambda rng, n: rng.normal(size=n),
        "heavy tail": lambda rng, n: rng.lognormal(size=n),
        "five values": lambda rng, n: rng.choice(5, n, p=[0.1, 0.1, 0.2, 0.2, 0.4]).astype(float),
        DEPENDENT: waves,
    },
    "labels": {
        "two, 90/10": labels("ok refused", [0.9, 0.1]),
        "three": labels("ok refused empty", [0.6, 0.3, 0.1]),
        "eight, some rare": labels(
            "a b c d e f g h", [0.4, 0.2, 0.15, 0.1, 0.08, 0.04, 0.02, 0.01]
        ),
        DEPENDENT: sticky,
    },
    "points": {
        "normal": lambda rng, n: rng.normal(size=(n, COLUMNS)),
        "heavy tail": lambda rng, n: rng.lognormal(size=(n, COLUMNS)),
        "five values": lambda rng, n: rng.integers(0, 5, (n, COLUMNS)).astype(float),
        DEPENDENT: partial(waves, columns=COLUMNS),
    },
}


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="few windows of 50 rows")
    options.add_argument("--only", nargs="+", default=[], help="detectors")
    options.add_argument("--rows", nargs="+", type=int, default=list(SIZES), help="window sizes")
    options.add_argument("--shapes", nargs="+", default=[], help="of the data")
    options.add_argument("--share", type=float, default=1.0, help="of the planned references")
    options.add_argument("--parts", nargs="+", default=["calibrated", "p_values", "streams"])
    given = options.parse_args()
    share, sizes = (QUICK, [50]) if given.quick else (given.share, given.rows)
    chosen = [
        (name, kind)
        for name, one in BATCH.items()
        for kind in (one.kinds if name in ("psi", "jensen_shannon") else one.kinds[:1])
        if not given.only or name in given.only
    ]
    if "calibrated" in given.parts:
        rates("calibrated threshold", cells(chosen, given.shapes, sizes), share, calibrated)
    if "p_values" in given.parts:
        own = [(name, kind) for name, kind in chosen if name in OWN]
        independent = [one for one in cells(own, given.shapes, sizes) if one.shape != DEPENDENT]
        rates("own p-value", independent, share, p_value)
    if "streams" in given.parts and not given.only:
        streams(share)


OWN = ("ks", "chi_square", "energy", "mmd", "domain_classifier")
"""Detectors with a p-value of their own."""


def cells(chosen: list[tuple[str, Kind]], shapes: list[str], sizes: Sequence[int]) -> list[Cell]:
    """Each detector with each shape of its rows, the longest first."""
    return [
        Cell(name, kind, shape, n)
        for n in sorted(sizes, reverse=True)
        for name, kind in chosen
        for shape in SHAPES[kind]
        if not shapes or shape in shapes
    ]


def rates(title: str, chosen: list[Cell], share: float, rate: Rate) -> None:
    """One line a cell, and one for all shapes of a detector and number of rows."""
    if share == QUICK:
        chosen = [one for one in chosen if one.name not in SLOW or one.shape == "normal"]
    found = sorted(measured(chosen, share, rate), key=lambda one: chosen.index(one.cell))
    show(
        f"Unchanged rows: alarms at 5 % by {title}",
        inputs=f"reference of {REFERENCE:,} rows, twice the window at least; points have "
        f"{COLUMNS} columns; neighbours alike: correlation {MEMORY}, labels stay every second row; "
        f"p-values by {DEALS} deals where rows are dealt; OUTSIDE: the 95 % interval, over "
        "references, lies outside 4 to 6 %",
        columns=(
            *("detector", "rows", "shape", "n", "references", "windows"),
            *("alarms %", "95 % interval", ""),
        ),
        rows=[one.line for one in found],
    )
    groups: dict[tuple[str, int], list[Found]] = {}
    for one in found:
        groups.setdefault((one.cell.name, one.cell.n), []).append(one)
    show(
        "The same, all shapes together",
        inputs="as above",
        columns=("detector", "n", "windows", "alarms %", "95 % interval", ""),
        rows=[together(name, n, group) for (name, n), group in groups.items()],
    )


def measured(chosen: list[Cell], share: float, rate: Rate) -> Iterator[Found]:
    """Every cell, on all cores."""
    with ProcessPoolExecutor(os.cpu_count(), initializer=os.nice, initargs=(10,)) as pool:
        for future in [pool.submit(rate, one, share) for one in chosen]:
            found = future.result()
            print(*found.line, sep="\t", flush=True)
            yield found


def together(name: str, n: int, group: list[Found]) -> list[object]:
    """A line of the second table."""
    middle, least, most = estimated([share for one in group for share in one.shares])
    interval, mark = f"{100 * least:.1f} to {100 * most:.1f}", marked(middle, least, most)
    windows = sum(one.windows for one in group)
    return [name, f"{n:,}", windows, 100 * middle, interval, mark]


def marked(middle: float, least: float, most: float) -> str:
    """What is said of a rate that is not what was asked for."""
    low, high = NOMINAL * (1 - SLACK), NOMINAL * (1 + SLACK)
    if least > high or most < low:
        return "OUTSIDE"
    return "" if low <= middle <= high else "within error"


def estimated(found: Sequence[float]) -> tuple[float, float, float]:
    """Mean over references, and its 95 % interval: Wilson's for single windows, else Student's."""
    shares = np.array(found)
    middle = float(shares.mean())
    if np.isin(shares, (0.0, 1.0)).all():
        ci = stats.binomtest(int(shares.sum()), len(shares)).proportion_ci(method="wilson")
        return middle, float(ci.low), float(ci.high)
    error = float(shares.std(ddof=1)) / math.sqrt(len(shares))
    half = float(stats.t.ppf(0.975, len(shares) - 1)) * error
    return middle, max(middle - half, 0.0), middle + half


def seeded(*what: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(what).encode()))


def calibrated(cell: Cell, share: float) -> Found:
    """Of each reference, the share of unchanged windows above its own threshold."""
    n, plan, draw = cell.n, PLANS[cell.n], SHAPES[cell.kind][cell.shape]
    compare = BATCH[cell.name].statistic
    rng = seeded(cell.name, cell.shape, n, "calibrated")
    references = plan.references * share / (2 if cell.name in SLOW else 1)
    found = []
    for _ in range(max(3, round(references))):
        reference = draw(rng, max(2 * n, REFERENCE))
        alarm = calibrate(compare, reference, window=n, alarm_rate=NOMINAL)
        fired = [alarm.fires(compare(reference, draw(rng, n))) for _ in range(plan.windows)]
        found.append(float(np.mean(fired)))
    return Found(cell, tuple(found), plan.windows * len(found))


def p_value(cell: Cell, share: float) -> Found:
    """Whether the p-value is 5 % at most, for a new reference each."""
    n, draw, compare = cell.n, SHAPES[cell.kind][cell.shape], BATCH[cell.name].compare
    if cell.name in ("energy", "mmd"):
        compare = partial(compare, permutations=DEALS)
    runs = max(30, round(PLANS[n].pairs * share / (2 if cell.name in SLOW else 1)))
    rng = seeded(cell.name, cell.shape, n, "p")
    found = []
    for _ in range(runs):
        p = compare(draw(rng, max(2 * n, REFERENCE)), draw(rng, n)).p_value
        assert p is not None
        found.append(float(p <= NOMINAL))
    return Found(cell, tuple(found), runs)


def first_alarm(detector: Any, draw: Callable[[int], Rows], most: int) -> int | None:
    """Rows until the alarm."""
    for start in range(0, most, 5_000):
        for i, x in enumerate(draw(min(5_000, most - start)).tolist()):
            detector.update(x)
            if detector.drifted:
                return start + i + 1
    return None


def streams(share: float) -> None:
    """Rows to the first false alarm of what promises a run length; false alarms of what bets."""
    losses: dict[str, Draw] = {
        "errors, 10 %": lambda rng, n: (rng.random(n) < 0.1).astype(float),
        "losses, skewed": lambda rng, n: rng.beta(0.5, 4.0, n),
    }
    numbers = {name: SHAPES["numbers"][name] for name in SHAPES["numbers"]}
    plan: list[tuple[str, Callable[..., Any], dict[str, Draw]]] = [
        ("shiryaev_roberts", ShiryaevRoberts, losses),
        ("page_hinkley", PageHinkley.calibrated, losses | numbers),
    ]
    rows: list[list[object]] = []
    for name, build, shapes in plan:
        for (shape, draw), (promised, runs) in product(shapes.items(), LENGTHS):
            if share == QUICK and promised != LENGTHS[0][0]:
                continue
            rng = seeded(name, shape, promised)
            lengths = []
            for _ in range(max(10, round(runs * share))):
                detector = build(draw(rng, REFERENCE), run_length=promised)
                most = 20 * promised
                lengths.append(first_alarm(detector, partial(draw, rng), most) or most)
            half = 1.96 * float(np.std(lengths)) / math.sqrt(len(lengths))
            text = f"{np.mean(lengths):,.0f} ± {half:,.0f}"
            kept = "" if np.mean(lengths) >= promised else "BELOW"
            rows.append([name, shape, len(lengths), f">= {promised:,}", text, kept])
            print(*rows[-1], sep="\t", flush=True)
    show(
        "Unchanged streams: rows to the first alarm, on average",
        inputs=f"a new reference of {REFERENCE:,} rows each; a run ends at 20 times the promise",
        columns=("detector", "rows", "runs", "promised", "rows to the alarm", ""),
        rows=rows,
    )
    ever(share)


def ever(share: float) -> None:
    """Streams that ever raise an alarm, of what bets and what promises nothing."""
    rows: list[list[object]] = []
    length, alpha = 5_000, 0.05
    made: dict[str, Callable[[Rows], Any]] = {
        "betting_two_sample, at 5 %": partial(BettingTwoSample, alpha=alpha),
        "betting_bins, at 5 %": lambda r: Binned(r, alpha),
    }
    if importlib.util.find_spec("river") is None:
        print("river is not installed: adwin is left out")
    else:
        made["adwin, delta 0.002"] = lambda _: Adwin()
    for name, build in made.items():
        for shape in ("normal", "heavy tail", "five values"):
            draw, rng = SHAPES["numbers"][shape], seeded(name, shape)
            runs = max(10, round(200 * share))
            fired = [
                first_alarm(build(draw(rng, 500)), partial(draw, rng), length) is not None
                for _ in range(runs)
            ]
            rows.append([name, shape, runs, 100 * float(np.mean(fired))])
    show(
        "Unchanged streams that ever raised an alarm",
        inputs=f"references of 500 rows, {length:,} rows each; who bets promises {alpha:.0%} at "
        "most, however long the stream",
        columns=("detector", "rows", "runs", "ever alarmed %"),
        rows=rows,
    )


class Binned:
    """Numbers for ``BettingBins``, over tenths of the reference."""

    def __init__(self, reference: Rows, alpha: float) -> None:
        self._edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
        counts = np.bincount(
            np.searchsorted(self._edges, reference), minlength=len(self._edges) + 1
        )
        self._detector = BettingBins(counts, alpha=alpha)

    def update(self, x: float) -> None:
        """Take the next number."""
        self._detector.update(int(np.searchsorted(self._edges, x)))

    @property
    def drifted(self) -> bool:
        return self._detector.drifted


if __name__ == "__main__":
    main()
