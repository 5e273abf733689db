"""A canary that is looked at after every decision: false rollbacks, and what a drop costs.

Decisions are good or not, by chance; a share of them goes to the candidate. The test is the one
that the server runs: it rolls back once "the candidate is not worse" is refuted, and promotes once
"it is worse by the margin" is. A test of a fixed size is held beside it: one-sided, at the same
level, and with the power that the canary turned out to have.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import logsumexp
from table import show

from holdfast.statistics.arms import STAKES, TwoArmTest
from holdfast.statistics.interval import clopper_pearson

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MARGIN, ALPHA = 0.03, 0.05
CELLS = 1_000
"""Of the grid of claimed means."""


@dataclass(frozen=True, slots=True)
class World:
    """Rates of good decisions, the candidate's share, and when one stops waiting."""

    baseline: float
    candidate: float
    share: float
    longest: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """After how many decisions of both arms a canary ended, and how."""

    decisions: int
    verdict: str


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a hundredth of the runs")
    options.add_argument("--runs", type=int, default=2_000)
    given = options.parse_args()
    runs = max(given.runs // 100, 4) if given.quick else given.runs
    alike(runs)
    worse(runs // 4)


def alike(runs: int) -> None:
    """No difference: how many are rolled back although nothing is wrong."""
    rows: list[list[object]] = []
    for rate in (0.9, 0.98):
        for share in (0.05, 0.5):
            world = World(rate, rate, share, 4_000)
            false = sum(ever_worse(world, np.random.default_rng([7, run])) for run in range(runs))
            limits = clopper_pearson(false, runs)
            rows.append(
                [rate, f"{share:.0%}", 100 * false / runs, 100 * limits.high, 100 * ALPHA,
                 100 * naive(world, min(runs, 500))]
            )  # fmt: skip
    show(
        "No difference: canaries that were rolled back, looking after every decision",
        inputs=f"{runs} canaries of 4,000 decisions, none promoted; z-test of {min(runs, 500)}",
        columns=("good", "share", "false %", "at most %", "nominal %", "z-test %"),
        rows=rows,
    )


def worse(runs: int) -> None:
    """A drop of five points: how many decisions until it is rolled back."""
    rows: list[list[object]] = []
    for rate in (0.9, 0.95):
        for share in (0.05, 0.5):
            world = World(rate, rate - 0.05, share, 40_000 if share < 0.1 else 8_000)
            found = simulate(world, runs)
            power = sum(one.verdict == "fail" for one in found) / runs
            stops = [one.decisions for one in found]
            promoted = sum(one.verdict == "pass" for one in found)
            # What every run showed is claimed for 1 - 1/runs only.
            needed = fixed(world, min(power, 1 - 1 / runs))
            rows.append(
                [f"{rate:.2f} to {rate - 0.05:.2f}", f"{share:.0%}", 100 * power,
                 float(np.mean(stops)), float(np.median(stops)), needed, fixed(world, 0.95),
                 fixed(world, 0.8), 100 * promoted / runs]
            )  # fmt: skip
    show(
        "A drop of 5 points: decisions of both arms until it is rolled back",
        inputs=f"{runs} canaries, looked at after every decision; margin {MARGIN}",
        columns=("good", "share", "power %", "mean", "median", "fixed, same power",
                 "fixed, 95 %", "fixed, 80 %", "promoted %"),
        rows=rows,
    )  # fmt: skip


def simulate(world: World, runs: int) -> list[Outcome]:
    """Canaries of a world, each with a seed of its own."""
    return [canary(world, np.random.default_rng([7, run])) for run in range(runs)]


def canary(world: World, rng: np.random.Generator) -> Outcome:
    """One canary, looked at after each decision until there is a verdict.

    The evidence is the smallest over all claimed means, so one of them bounds it: where that one
    is not enough, the whole need not be worked out.
    """
    good, theirs = decisions(world, rng)
    test = TwoArmTest(MARGIN, harm=0.0, confidence=1 - ALPHA, cells=CELLS)
    done = 0
    for n in np.flatnonzero(worth_a_look(good, theirs)) + 1:
        take(test, good[done:n], theirs[done:n])
        done = n
        if test.verdict != "inconclusive":
            return Outcome(int(n), test.verdict)
    return Outcome(world.longest, "inconclusive")


def ever_worse(world: World, rng: np.random.Generator) -> bool:
    """Whether a canary that is never promoted is rolled back at any of its looks."""
    good, theirs = decisions(world, rng)
    test = TwoArmTest(MARGIN, harm=0.0, confidence=1 - ALPHA, cells=CELLS)
    done = 0
    for n in np.flatnonzero(worth_a_look(good, theirs, passing=False)) + 1:
        take(test, good[done:n], theirs[done:n])
        done = n
        if test.harmed >= 1 / ALPHA:
            return True
    return False


def decisions(world: World, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Whether each decision was good, and whether it was the candidate's."""
    theirs = rng.random(world.longest) < world.share
    return rng.random(world.longest) < np.where(theirs, world.candidate, world.baseline), theirs


def take(test: TwoArmTest, good: Flags, theirs: Flags) -> None:
    """Feed decisions of both arms."""
    for arm, own in (("baseline", ~theirs), ("candidate", theirs)):
        if own.any():
            test.extend(good[own], arm=arm)  # type: ignore[arg-type]


def worth_a_look(good: Flags, theirs: Flags, *, passing: bool = True) -> Flags:
    """After which decisions the evidence against one claimed mean says fail (or pass)."""
    pooled = np.cumsum(good) / np.arange(1, len(good) + 1)
    cell = np.clip((pooled * CELLS).astype(int), 0, CELLS - 1)
    worse = log_capital(good, ~theirs, claimed=(cell + 1) / CELLS, upwards=True)
    worse += log_capital(good, theirs, claimed=cell / CELLS, upwards=False)
    if not passing:
        return np.asarray(worse >= -np.log(ALPHA))
    lower = np.clip(cell + 1 - round(MARGIN * CELLS), 0, CELLS)
    fine = log_capital(good, ~theirs, claimed=cell / CELLS, upwards=False)
    fine += log_capital(good, theirs, claimed=lower / CELLS, upwards=True)
    return np.asarray(np.maximum(worse, fine) >= -np.log(ALPHA))


def log_capital(good: Flags, own: Flags, *, claimed: Floats, upwards: bool) -> Floats:
    """Log capital of an arm after each decision, against one claimed mean for each."""
    wins = np.cumsum(own & (good == upwards))
    losses = np.cumsum(own) - wins
    mean = np.maximum(claimed if upwards else 1 - claimed, 1e-12)[:, np.newaxis]
    logs = wins[:, np.newaxis] * np.log1p(STAKES * (1 / mean - 1))
    logs += losses[:, np.newaxis] * np.log1p(-STAKES)
    return np.asarray(logsumexp(logs, axis=1) - np.log(len(STAKES)))


def fixed(world: World, power: float) -> int:
    """Decisions of both arms that a one-sided z-test of two rates needs."""
    p, q, share = world.baseline, world.candidate, world.share
    variance = p * (1 - p) / (1 - share) + q * (1 - q) / share
    z = stats.norm.ppf(1 - ALPHA) + stats.norm.ppf(power)
    return int(np.ceil(z**2 * variance / (p - q) ** 2))


def naive(world: World, runs: int) -> float:
    """Share of canaries that a z-test rolls back when it is looked at after each decision."""
    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng([8, run])
        theirs = rng.random(world.longest) < world.share
        good = rng.random(world.longest) < world.baseline
        n, m = np.cumsum(~theirs), np.cumsum(theirs)
        a, b = np.cumsum(good & ~theirs), np.cumsum(good & theirs)
        look = (n >= 30) & (m >= 30)
        pool = (a + b)[look] / (n + m)[look]
        spread = np.sqrt(pool * (1 - pool) * (1 / n[look] + 1 / m[look]))
        drop = a[look] / n[look] - b[look] / m[look]
        alarms += bool(np.any(drop > stats.norm.ppf(1 - ALPHA) * np.maximum(spread, 1e-9)))
    return alarms / runs


if __name__ == "__main__":
    main()
