"""Nothing changed: how often is that called drift? Sketches at every size, and 500 monitors."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats
from table import show

from holdfast.statistics.drift import ks
from holdfast.statistics.drift.betting_two_sample import BettingTwoSample
from holdfast.statistics.drift.calibrate import Resampling, calibrate
from holdfast.statistics.multiplicity import e_bh
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.label import LabelLayout, LabelSketch
from holdfast.statistics.sketch.number import NumberLayout, NumberSketch

Rows = NDArray[np.float64]
Share = Callable[[Rows], Rows]
NOMINAL = 0.05
ALONE, LARGEST = 20_000, 1_000_000
gap = partial(ks.compare, p_value=False)
NAMES = list("abcdefgh")
DAYS, ROWS = 30, 20
REFERENCE, WINDOW = 2_000, 200
SHARES = [0.4, 0.2, 0.15, 0.1, 0.08, 0.04, 0.02, 0.01]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="small windows, a tenth of the runs")
    quick = options.parse_args().quick
    sizes(quick=quick)
    calibrated(quick=quick)
    monitors(count=100 if quick else 500, runs=1 if quick else 4)


def numbers(a: Rows, b: Rows) -> float:
    layout = NumberLayout.of(a[:20_000])
    return contrast(layout.sketch(a), layout.sketch(b, blocks=False)).p_value


def counted(a: Rows, n: int, *, rng: np.random.Generator, cumulated: Share) -> float:
    """As ``numbers``, with n rows each of which only the first are drawn one by one.

    Rows that are independent are counted into fixed bins as often as a multinomial says.
    """
    layout = NumberLayout.of(a)
    shares = np.diff(cumulated(np.array(layout.edges)), prepend=0.0, append=1.0)
    rest = NumberSketch(layout, rng.multinomial(n - len(a), shares))
    return contrast(
        layout.sketch(a).merge(rest), NumberSketch(layout, rng.multinomial(n, shares))
    ).p_value


def sizes(*, quick: bool) -> None:
    """Alarms at 5 % and 1 %, for rows of four kinds."""

    def normal(rng: np.random.Generator, n: int) -> Rows:
        return rng.normal(size=n)

    def skewed(rng: np.random.Generator, n: int) -> Rows:
        return rng.exponential(size=n)

    def wave(rng: np.random.Generator, n: int) -> Rows:
        found: Rows = signal.lfilter([1], [1, -0.5], rng.normal(size=n + 200))[200:]
        return found

    kinds: dict[str, Callable[[np.random.Generator, int], Rows] | None] = {
        "numbers, normal": normal,
        "numbers, skewed": skewed,
        "numbers, neighbours alike": wave,
        "labels, 8 unequal": None,
    }
    known: dict[str, Share] = {
        "numbers, normal": stats.norm.cdf,
        "numbers, skewed": stats.expon.cdf,
    }
    plan = [(50, 4_000), (1_000, 2_000)]
    if not quick:
        plan += [(20_000, 2_000), (100_000, 2_000), (1_000_000, 2_000)]
    rows: list[list[object]] = []
    for kind, draw in kinds.items():
        for n, runs in plan:
            rng = np.random.default_rng(n)
            count = runs // 10 if quick else runs
            if kind.endswith("alike") and n > ALONE:
                count = 400 if n < LARGEST else 100
            before = max(n, 5_000) if kind.endswith("alike") else n
            if draw is None:
                found = [labels(rng, n) for _ in range(count)]
            elif n > ALONE and kind in known:
                found = [
                    counted(draw(rng, ALONE), n, rng=rng, cumulated=known[kind])
                    for _ in range(count)
                ]
            else:
                found = [numbers(*np.split(draw(rng, before + n), [before])) for _ in range(count)]
            p = np.array(found)
            rate = float(np.mean(p < NOMINAL))
            error = 196 * (rate * (1 - rate) / count) ** 0.5
            rows.append(
                [
                    kind,
                    f"{n:,}",
                    count,
                    100 * rate,
                    f"± {error:.1f}",
                    100 * float(np.mean(p < 0.01)),
                ]
            )
    show(
        "Unchanged rows: alarms of sketches",
        inputs="as many reference rows as current ones; neighbours alike: correlation 0.5, 5,000 "
        f"reference rows at least; of independent rows beyond {ALONE:,} the counts are drawn",
        columns=("rows", "n", "runs", "alarms % at 5 %", "95 %", "alarms % at 1 %"),
        rows=rows,
    )


def calibrated(*, quick: bool) -> None:
    """Alarms of calibrated windows, for rows that resemble their neighbours more and more."""
    rows: list[list[object]] = []
    for memory in (0.0, 0.5, 0.8, 0.9):
        rng = np.random.default_rng(1)

        def wave(n: int, rng: np.random.Generator = rng, memory: float = memory) -> Rows:
            found: Rows = signal.lfilter([1], [1, -memory], rng.normal(size=n + 500))[500:]
            return found

        old, new, blocks = [], [], []
        for _ in range(15 if quick else 150):
            reference = wave(REFERENCE)
            plain, own = (
                calibrate(gap, reference, window=WINDOW, alarm_rate=0.05, resampling=how)
                for how in (Resampling(block=round(WINDOW ** (1 / 3))), Resampling(resamples=400))
            )
            scores = [gap(reference, wave(WINDOW)) for _ in range(40)]
            old += [plain.fires(score) for score in scores]
            new += [own.fires(score) for score in scores]
            blocks.append(own.block)
        shares = [100 * float(np.mean(fired)) for fired in (old, new)]
        rows.append([memory, float(np.mean(blocks)), *shares])
    show(
        "Unchanged rows that resemble their neighbours: alarms of calibrated windows at 5 %",
        inputs=f"{15 if quick else 150} references of {REFERENCE:,} rows, 40 windows of {WINDOW} "
        "each, Kolmogorov-Smirnov's gap; blocks of the cube root of the window, or of the data",
        columns=("correlation", "block", "cube root: alarms %", "from the data: alarms %"),
        rows=rows,
    )


def labels(rng: np.random.Generator, n: int) -> float:
    alone = min(n, ALONE)
    a, counts = rng.choice(8, alone, p=SHARES), rng.multinomial(n - alone, SHARES)
    usual = np.bincount(a, minlength=8) + counts
    layout = LabelLayout.of(dict(zip(NAMES, usual.tolist(), strict=True)))
    order = [NAMES.index(name) for name in layout.names]

    def sketch(counts: NDArray[np.int64]) -> LabelSketch:
        return LabelSketch(layout, np.append(counts[order], counts.sum() - counts[order].sum()))

    reference = layout.sketch(NAMES, a).merge(sketch(counts))
    return contrast(reference, sketch(rng.multinomial(n, SHARES))).p_value


def monitors(*, count: int, runs: int) -> None:
    """Monitors that bet every day; a twentieth of them begin to drift on the tenth of 30."""
    rows: list[list[object]] = []
    for drifting in (0, count // 20):
        shares, found, naive = [], [], []
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            watched = [BettingTwoSample(rng.normal(size=200), seed=seed) for _ in range(count)]
            told: set[int] = set()
            for day in range(DAYS):
                for number, one in enumerate(watched):
                    shift = float(number < drifting and day >= 10)
                    for x in rng.normal(shift, 1, ROWS).tolist():
                        one.update(x)
                # Evidence at any time: the share of false ones holds whenever one looks.
                e_values = [one.value for one in watched]
                told |= set(np.flatnonzero(e_bh(e_values, alpha=0.05).rejected).tolist())
                naive.append(int(np.sum(rng.random(count - drifting) < 0.05)))
            false = sum(number >= drifting for number in told)
            shares.append(false / max(len(told), 1))
            found.append(len(told) - false)
        rows.append(
            [drifting, 100 * float(np.mean(shares)), float(np.mean(found)), float(np.mean(naive))]
        )
    show(
        f"{count} monitors over {DAYS} days",
        inputs=f"{runs} runs; {ROWS} rows a day each, a shift of one deviation from day ten on; "
        "betting two-sample, e-BH at 5 % every day",
        columns=("drifting", "false discoveries %", "found", "false alarms a day at p < 0.05"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
