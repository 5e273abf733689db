"""How often the gate errs, what it catches, and what stopping early saves, on simulated suites.

Every verdict is the gate's own (``evaluation.gate``, ``evaluation.watch``): samples, slices,
clusters, thresholds, margins and Holm's correction included. Seeds are fixed.
"""

from __future__ import annotations

import argparse
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
from holdfast.statistics.power import paired_variance, power, sample_size

RATE = 0.9
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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a twentieth of the runs")
    options.add_argument("--runs", type=int, default=2_000)
    options.add_argument("--only", choices=("unchanged", "regression", "early"))
    given = options.parse_args()
    runs = max(given.runs // 20, 20) if given.quick else given.runs
    for part in (unchanged, regression, early):
        if given.only in (None, part.__name__):
            part(runs if part is not early else max(runs // 4, 10))


def suite(text: str) -> Suite:
    return parse(f'dataset = "made"\n{text}', file="made.toml", parts=Parts())


def pair(rng: np.random.Generator, world: World, *, candidate: float) -> tuple[Numbers, Numbers]:
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
    return (before < norm.ppf(RATE)).astype(float), (after < norm.ppf(candidate)).astype(float)


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
    """A suite that stops when its verdict is certain, beside one that asks all its cases."""
    asked = suite("[metrics.facts]\nmargin = 0.05")
    rows = []
    for n in (400, 1_000):
        for candidate in (0.92, 0.9, 0.85, 0.8, 0.7):
            world, rng = World(n, 0.7), np.random.default_rng(n)
            early_, whole, used = Counter[str](), Counter[str](), []
            for _ in range(runs):
                old, new = pair(rng, world, candidate=candidate)
                sides = side("new", {"facts": new}, world), side("old", {"facts": old}, world)
                whole[gate(asked, sides[0], baseline=sides[1]).verdict] += 1
                verdict, cases = watched(asked, *sides)
                early_[verdict] += 1
                used.append(cases)
            shares = [100 * c[v] / runs for c in (whole, early_) for v in ("pass", "fail")]
            mean = float(np.mean(used))
            rows.append([n, f"0.90 -> {candidate:.2f}", *shares, mean, 100 * (1 - mean / n)])
    show(
        "Early stopping: the same suites asked whole, and until the verdict is certain",
        inputs=f"{runs} suites a row, margin 0.05, confidence 95 %, looking after every 20 cases",
        columns=(
            "cases",
            "rate",
            "whole: pass %",
            "fail %",
            "early: pass %",
            "fail %",
            "mean cases",
            "saved %",
        ),
        rows=rows,
    )


def watched(asked: Suite, *sides: Measured) -> tuple[str, int]:
    """Verdict of the watch, and the cases it took."""
    watch = Watch(asked, sides[0].cases, paired=True)
    todo = clusters(sides[0].cases, seed=0)
    seen: list[Case] = []
    while True:
        block, todo = todo[:20], todo[20:]
        new = [case for cluster in block for case in cluster]
        seen += new
        watch.add(block, [part(one, new) for one in sides])
        if not todo or watch.verdict != "inconclusive":
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
