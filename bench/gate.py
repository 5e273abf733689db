"""How often the gate errs, what it catches, and what stopping early saves, on simulated suites.

Every verdict is the gate's own (``evaluation.gate``, ``evaluation.watch``): samples, slices,
clusters, thresholds, margins and Holm's correction included. Seeds are fixed.
"""

from __future__ import annotations

import argparse
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from table import show

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Score
from holdfast.evaluation.gate import gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.run import Run
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import Suite, parse
from holdfast.evaluation.watch import Watch, clusters
from holdfast.statistics.paired import non_inferiority
from holdfast.statistics.power import paired_variance, power, sample_size

RATE = 0.9
MARGIN = 0.05
ALPHA = 0.05
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Cases in clusters of a size, and how alike two releases and a cluster's cases are."""

    cases: int
    alike: float
    """Correlation of the two releases on one case, on the scale that outcomes are drawn on."""
    size: int = 1
    within: float = 0.0
    """Of the cases of one cluster."""


WORLDS = (
    World(40, 0.7),
    World(120, 0.7),
    World(400, 0.7),
    World(250, 0.7, size=5, within=0.5),
    World(600, 0.7, size=10, within=0.3),
)
"""Small suites and large ones, cases alone and in clusters."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a twentieth of the runs")
    options.add_argument("--runs", type=int, default=2_000)
    parts = {"unchanged": 1, "regression": 1, "early": 4, "looks": 2}
    options.add_argument("--only", choices=tuple(parts))
    given = options.parse_args()
    runs = max(given.runs // 20, 20) if given.quick else given.runs
    for part in (unchanged, regression, early, looks):
        if given.only in (None, part.__name__):
            part(max(runs // parts[part.__name__], 10))


def suite(text: str) -> Suite:
    return parse(f'dataset = "made"\n{text}', file="made.toml", parts=Parts())


def pair(
    rng: np.random.Generator, world: World, *, candidate: float, rate: float = RATE
) -> tuple[Numbers, Numbers]:
    """Latent normals of baseline and candidate; what is below a quantile passes."""
    groups = np.arange(world.cases) // world.size
    n = groups[-1] + 1

    def both(size: int) -> tuple[Numbers, Numbers]:
        common, a, b = rng.normal(size=(3, size))
        r = np.sqrt(world.alike), np.sqrt(1 - world.alike)
        return r[0] * common + r[1] * a, r[0] * common + r[1] * b

    (g1, g2), (e1, e2) = both(n), both(world.cases)
    w, rest = np.sqrt(world.within), np.sqrt(1 - world.within)
    before, after = w * g1[groups] + rest * e1, w * g2[groups] + rest * e2
    return (before < norm.ppf(rate)).astype(float), (after < norm.ppf(candidate)).astype(float)


@cache
def made(world: World) -> tuple[Case, ...]:
    groups = np.arange(world.cases) // world.size
    return tuple(
        Case(f"c{i}", "?", cluster=f"k{g}", tags=("odd",) if g % 2 else ())
        for i, g in enumerate(groups)
    )


def side(name: str, values: dict[str, Numbers], world: World) -> Measured:
    """A run whose scores are these; every second cluster is in the slice."""
    cases = made(world)
    run = Run(name, "made", "made", "d", "b", {"name": name}, 1, 0, world.cases)
    outputs = {(case.id, 0): Output(case.id, 0, "x", "answered") for case in cases}
    scores = {
        metric: {(c.id, 0): Score(metric, float(x)) for c, x in zip(cases, found, strict=True)}
        for metric, found in values.items()
    }
    return Measured(run, cases, outputs, scores)


def unchanged(runs: int) -> None:
    """A candidate that is the baseline: margin 0 and a threshold it just meets, eight rows."""
    asked = suite(
        'slices = ["odd"]\n'
        f"[metrics.facts]\nmargin = 0.0\nthreshold = {RATE}\n"
        f'[metrics.other]\nscorer = "facts"\nmargin = 0.0\nthreshold = {RATE}\n'
    )
    rows = []
    for world in (
        World(50, 0.7),
        World(250, 0.0),
        World(250, 0.7),
        World(250, 0.7, size=5, within=0.5),
        World(600, 0.7, size=10, within=0.3),
    ):
        rng = np.random.default_rng(world.cases)
        seen: Counter[str] = Counter()
        for _ in range(runs):
            facts, other = (pair(rng, world, candidate=RATE) for _ in range(2))
            old, new = ({"facts": facts[i], "other": other[i]} for i in (0, 1))
            said = gate(asked, side("new", new, world), baseline=side("old", old, world))
            seen[said.verdict] += 1
        rate = seen["fail"] / runs
        bound = 1.96 * np.sqrt(0.05 * 0.95 / runs)
        rows.append(
            [world.cases, world.alike, world.size, world.within, 100 * rate, 5.0, 100 * bound]
        )
    show(
        "A/A: gates on an unchanged candidate that fail",
        inputs=f"{runs} gates a row, 90 % pass; 2 metrics x (all, slice) x (threshold 0.9, "
        "margin 0) = 8 claims that all just hold, confidence 95 %",
        columns=("cases", "alike", "cluster of", "within", "fails %", "nominal %", "noise +- %"),
        rows=rows,
    )


def regression(runs: int) -> None:
    """A drop from 90 to 85 % on as many cases as the plan asks for."""
    suites = {margin: suite(f"[metrics.facts]\nmargin = {margin}") for margin in (0.0, 0.05)}
    rows = []
    for alike in (0.0, 0.5, 0.8):
        correlation = correlated(alike, 0.85)
        variance = paired_variance(RATE, 0.85, correlation=correlation)
        for wanted in (0.8, 0.95):
            n = sample_size(variance=variance, margin=0.05, power=wanted)
            world, rng = World(n, alike), np.random.default_rng(n)
            caught: Counter[str] = Counter()
            for _ in range(runs):
                old, new = pair(rng, world, candidate=0.85)
                sides = side("new", {"facts": new}, world), side("old", {"facts": old}, world)
                for margin, asked in suites.items():
                    said = gate(asked, sides[0], baseline=sides[1]).verdict
                    caught[f"{said} {margin}"] += 1
            planned = power(n, variance=variance, margin=0.05)
            rows.append(
                [
                    f"{correlation:.2f}",
                    n,
                    100 * planned,
                    100 * caught["fail 0.0"] / runs,
                    100 * caught["pass 0.05"] / runs,
                ]
            )
    show(
        "Power: gates that fail a drop from 90 to 85 %",
        inputs=f"{runs} gates a row; cases as 'sample_size' plans for 80 and 95 %",
        columns=("correlation", "cases", "planned %", "fails (margin 0) %", "passes margin 0.05 %"),
        rows=rows,
    )


def correlated(alike: float, candidate: float) -> float:
    """Correlation of the outcomes, from a large draw."""
    old, new = pair(np.random.default_rng(0), World(200_000, alike), candidate=candidate)
    return float(np.corrcoef(old, new)[0, 1])


def early(runs: int) -> None:
    """A suite that stops when its verdict is certain, beside one of a fixed size as sure as it."""
    asked = suite(f"[metrics.facts]\nmargin = {MARGIN}")
    rows = []
    for n in (400, 1_000):
        for candidate in (0.92, 0.9, 0.85, 0.8, 0.7):
            world, rng = World(n, 0.7), np.random.default_rng(n)
            pairs = [pair(rng, world, candidate=candidate) for _ in range(runs)]
            told, used = Counter[str](), []
            for old, new in pairs:
                sides = side("new", {"facts": new}, world), side("old", {"facts": old}, world)
                verdict, cases = watched(asked, *sides)
                told[verdict] += 1
                used.append(cases)
            mean = float(np.mean(used))
            shares = [100 * told[v] / runs for v in ("pass", "fail")]
            row = [n, f"0.90 -> {candidate:.2f}", *shares, mean, 100 * (1 - mean / n)]
            right = {0.85: ""}.get(candidate, "pass" if candidate > 0.85 else "fail")
            rows.append([*row, *(beside(pairs, right, told[right], mean) if right else ["-"] * 4)])
    show(
        "Early stopping: until the verdict is certain, beside a test of a fixed size",
        inputs=f"{runs} suites a row, margin {MARGIN}, confidence 95 %, looking after every 20 "
        "cases; 'as sure': the least fixed number of cases that gets as many verdicts right",
        columns=(
            "cases", "rate", "pass %", "fail %", "mean cases", "of all saved %",
            "all: right %", "as sure", "saved %", "Wald's most %",
        ),
        rows=rows,
    )  # fmt: skip


def beside(
    pairs: list[tuple[Numbers, Numbers]], right: str, told: int, mean: float
) -> list[object]:
    """What a fixed size needs for the same error rates, and the most that any test can save.

    Wald's bound (1945, Annals of Mathematical Statistics 16, 117-186) is for looks after every
    case and no largest number of them: no test with these error rates has a smaller mean.
    """

    def judged(n: int) -> int:
        found = (non_inferiority(old[:n], new[:n], margin=MARGIN).verdict for old, new in pairs)
        return sum(verdict == right for verdict in found)

    whole = len(pairs[0][0])
    sizes = range(20, whole + 1, 10)
    as_sure = sizes[min(bisect_left(sizes, told, key=judged), len(sizes) - 1)]
    miss = max(len(pairs) - told, 0.5) / len(pairs)
    known = (1 - miss) * np.log((1 - miss) / ALPHA) + miss * np.log(miss / (1 - ALPHA))
    bound = 1 - 2 * known / (norm.isf(miss) + norm.isf(ALPHA)) ** 2
    share = 100 * judged(whole) / len(pairs)
    return [share, as_sure, 100 * (1 - mean / as_sure), 100 * bound]


def looks(runs: int) -> None:
    """How often a suite that looks on the way errs at the margin, where errors are most likely."""
    rows = []
    for rate, claims in ((0.9, ("margin", "threshold")), (0.98, ("margin", "threshold"))):
        for claim in claims:
            for world in WORLDS:
                candidate = rate - MARGIN if claim == "margin" else rate
                asked = suite(f"[metrics.facts]\n{claim} = {MARGIN if claim == 'margin' else rate}")
                rng, told, used = np.random.default_rng(world.cases), Counter[str](), []
                for _ in range(runs):
                    old, new = pair(rng, world, candidate=candidate, rate=rate)
                    sides = side("new", {"facts": new}, world), side("old", {"facts": old}, world)
                    verdict, cases = watched(asked, *sides, step=5)
                    told[verdict] += 1
                    used.append(cases / world.cases)
                shares = [100 * told[v] / runs for v in ("pass", "fail")]
                name = f"{rate} -> {candidate:.2f}, {claim}"
                share = 100 * float(np.mean(used))
                rows.append([name, world.cases, world.size, world.within, *shares, 5.0, share])
    bound = 196 * np.sqrt(0.05 * 0.95 / runs)
    show(
        "Early stopping: verdicts on a candidate that is exactly at its bar",
        inputs=f"{runs} suites a row, looking after every 5 clusters; 5 % may err on each side, "
        f"noise +- {bound:.1f}",
        columns=(
            "rate", "cases", "cluster of", "within", "pass %", "fail %", "at most %", "asked %",
        ),
        rows=rows,
    )  # fmt: skip


def watched(asked: Suite, *sides: Measured, step: int = 20) -> tuple[str, int]:
    """Verdict of the watch, and the cases it took."""
    watch = Watch(asked, sides[0].cases, paired=True)
    todo = clusters(sides[0].cases, seed=0)
    seen: list[Case] = []
    while True:
        block, todo = todo[:step], todo[step:]
        new = [case for cluster in block for case in cluster]
        seen += new
        watch.add(block, [part(one, new) for one in sides])
        if not todo or watch.verdict != "inconclusive" or watch.hopeless:
            return watch.gate(*(part(one, seen) for one in sides)).verdict, len(seen)


def part(whole: Measured, cases: list[Case]) -> Measured:
    keys = [(case.id, 0) for case in cases]
    return Measured(
        whole.run,
        tuple(cases),
        {key: whole.outputs[key] for key in keys},
        {m: {key: scores[key] for key in keys} for m, scores in whole.scores.items()},
    )


if __name__ == "__main__":
    main()
