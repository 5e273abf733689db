"""How often intervals cover the truth, how often the gate errs, and what stopping early saves.

Rates are counted exactly, all else is simulated with a fixed seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from table import show

from holdfast.statistics.arms import TwoArmTest
from holdfast.statistics.interval import (
    Interval,
    beta_binomial,
    bootstrap,
    bounded_mean,
    clopper_pearson,
    clustered_mean,
    mean_interval,
    rate_interval,
    skew_corrected_mean,
    student_t,
    wilson,
)
from holdfast.statistics.judged import JudgeCalibration, prediction_powered_rate, rogan_gladen
from holdfast.statistics.paired import non_inferiority
from holdfast.statistics.power import paired_variance, power
from holdfast.statistics.sequential import SequentialGate

Generator = np.random.Generator
Numbers = NDArray[Any]


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a tenth of the runs")
    runs = 200 if options.parse_args().quick else 2_000
    rates()
    means(runs)
    clusters(runs)
    judges(runs)
    gate(runs)
    drop(runs)
    early(runs)
    canary(runs // 10)


def wald(k: int, n: int) -> Interval:
    """The textbook interval that the others are compared with."""
    rate = k / n
    half = 1.96 * float(np.sqrt(rate * (1 - rate) / n))
    return Interval(rate, rate - half, rate + half, 0.95, n, "wald")


def rates() -> None:
    """Exact coverage of the intervals of a rate."""
    truths = np.linspace(0.02, 0.98, 97)
    rows: list[list[object]] = []
    for interval in (wald, wilson, beta_binomial, clopper_pearson, rate_interval):
        for n in (10, 30, 100, 300):
            found = [interval(k, n) for k in range(n + 1)]
            covered = [
                100 * sum(stats.binom.pmf(k, n, p) for k in range(n + 1) if p in found[k])
                for p in truths
            ]
            width = float(np.mean([i.width for i in found]))
            rows.append([interval.__name__, n, float(np.mean(covered)), min(covered), width])
    show(
        "Rates: share of repetitions whose 95 % interval covers the rate",
        inputs="exact sums over all counts, 97 rates from 0.02 to 0.98",
        columns=("interval", "n", "mean %", "worst rate %", "mean width"),
        rows=rows,
    )


SHAPES: dict[str, tuple[Callable[[Generator, int], Numbers], float]] = {
    "bell (Beta 5, 5)": (lambda rng, n: rng.beta(5, 5, n), 0.5),
    "bunched at 1 (Beta 9, 1)": (lambda rng, n: rng.beta(9, 1, n), 0.9),
    "five stars": (
        lambda rng, n: rng.choice([0, 0.25, 0.5, 0.75, 1], n, p=[0.02, 0.03, 0.05, 0.2, 0.7]),
        0.8825,
    ),
    "good, one in ten 0": (
        lambda rng, n: np.where(rng.random(n) < 0.1, 0.0, rng.beta(20, 2, n)),
        0.9 * 20 / 22,
    ),
}


def chosen(values: Numbers) -> Interval:
    """What ``mean_interval`` does for scores."""
    return mean_interval(values, bounds=(0, 1))


def betting(values: Numbers) -> Interval:
    """Betting on scores."""
    return bounded_mean(values, bounds=(0, 1))


def short_bootstrap(values: Numbers) -> Interval:
    """The bootstrap with as many resamples as a simulation can wait for."""
    return bootstrap(values, resamples=999)


def means(runs: int) -> None:
    """Coverage of the intervals of a mean of scores."""
    rows: list[list[object]] = []
    for shape, (draw, truth) in SHAPES.items():
        for n in (10, 30, 100, 300):
            row: list[object] = [shape, n]
            for interval in (student_t, skew_corrected_mean, short_bootstrap, betting, chosen):
                rng = np.random.default_rng(n)
                some = runs // 4 if interval is short_bootstrap else runs
                samples = [draw(rng, n) for _ in range(some)]
                varied = [values for values in samples if np.ptp(values) > 0]
                found = [truth in interval(values) for values in varied]
                row.append(100 * float(np.mean(found)))
            rows.append(row)
    show(
        "Means of scores: share of repetitions whose 95 % interval covers the mean",
        inputs=f"{runs} samples a row (bootstrap: {runs // 4}), constant samples left out",
        columns=(
            "scores",
            "n",
            "student t %",
            "skew-corr. %",
            "bootstrap %",
            "betting %",
            "chosen %",
        ),
        rows=rows,
    )


def clusters(runs: int) -> None:
    """Coverage of the clustered interval and of one that forgets the clusters."""
    rng = np.random.default_rng(1)
    rows: list[list[object]] = []
    layouts = {
        "20 of 5": np.full(20, 5),
        "100 of 5": np.full(100, 5),
        "40 of 1 to 20": np.arange(40) % 20 + 1,
        "15 of 2, 5 of 20": np.r_[np.full(15, 2), np.full(5, 20)],
    }
    for layout, sizes in layouts.items():
        for share in (0.0, 0.3, 0.8):
            labels = np.repeat(np.arange(len(sizes)), sizes)
            robust = naive = 0
            for _ in range(runs):
                common = rng.normal(size=len(sizes))[labels]
                values = np.sqrt(share) * common
                values = values + np.sqrt(1 - share) * rng.normal(size=len(labels))
                robust += 0 in clustered_mean(values, labels)
                naive += 0 in student_t(values)
            rows.append([layout, share, 100 * robust / runs, 100 * naive / runs])
    show(
        "Clusters: share of repetitions whose 95 % interval covers the mean",
        inputs=f"{runs} normal samples a row",
        columns=("clusters", "variance between clusters", "clustered %", "naive %"),
        rows=rows,
    )


def judges(runs: int) -> None:
    """Coverage of judge-corrected rates, beside that of the judge's own rate."""
    rng = np.random.default_rng(2)
    rows: list[list[object]] = []
    for rate in (0.5, 0.8, 0.95):
        for labels in (50, 200):
            plain = corrected = powered = 0
            for _ in range(runs):
                truth = rng.random(1_000 + labels) < rate
                right = np.where(truth, 0.92, 0.85)
                judged = np.where(rng.random(len(truth)) < right, truth, ~truth)
                accepted = int(judged[labels:].sum())
                record = JudgeCalibration(
                    rng.binomial(labels, 0.85), labels, rng.binomial(labels, 0.92), labels
                )
                plain += rate in wilson(accepted, 1_000)
                corrected += rate in rogan_gladen(accepted, 1_000, calibration=record)
                powered += rate in prediction_powered_rate(
                    truth[:labels], judged[:labels], unlabelled=judged[labels:]
                )
            rows.append([rate, labels, *(100 * c / runs for c in (plain, corrected, powered))])
    show(
        "Judged rates: share of repetitions whose 95 % interval covers the true rate",
        inputs=f"{runs} runs a row, 1,000 answers, a judge of sensitivity 0.92, specificity 0.85",
        columns=(
            "true rate",
            "labels (Rogan-Gladen: of each kind)",
            "judge alone %",
            "Rogan-Gladen %",
            "PPI++ %",
        ),
        rows=rows,
    )


def outcomes(
    rng: Generator, n: int, *, rates: tuple[float, float], correlation: float
) -> tuple[Numbers, Numbers]:
    """Pass or fail of n cases under two systems whose outcomes are correlated."""
    p, q = rates
    both = p * q + correlation * float(np.sqrt(p * (1 - p) * q * (1 - q)))
    cells = rng.choice(4, size=n, p=[both, p - both, q - both, 1 - p - q + both])
    return cells < 2, (cells == 0) | (cells == 2)


def gate(runs: int) -> None:
    """The gate when nothing changed, and when the candidate is worse by just the margin."""
    rng = np.random.default_rng(3)
    rows: list[list[object]] = []
    for margin in (0.02, 0.05):
        for n in (50, 250, 1_000):
            for correlation in (0.0, 0.5, 0.9):
                row: list[object] = [margin, n, correlation]
                same, worse = (0.9, 0.9), (0.9, 0.9 - margin)
                for pair, verdicts in ((same, ("fail", "pass")), (worse, ("pass",))):
                    possible = np.sqrt(pair[1] * 0.1 / (0.9 * (1 - pair[1])))
                    r = min(correlation, float(possible) * 0.999)
                    seen = [
                        non_inferiority(
                            *outcomes(rng, n, rates=pair, correlation=r), margin=margin
                        ).verdict
                        for _ in range(runs)
                    ]
                    row += [100 * seen.count(verdict) / runs for verdict in verdicts]
                rows.append(row)
    show(
        "Gate: verdicts on an unchanged candidate (A/A) and on one worse by just the margin",
        inputs=f"{runs} suites a row, 90 % pass, confidence 95 %: false passes should be 5 %",
        columns=(
            "margin",
            "cases",
            "correlation",
            "A/A false fail %",
            "A/A pass %",
            "false pass %",
        ),
        rows=rows,
    )


def drop(runs: int) -> None:
    """The chance to show that 85 % is less than 90 %."""
    rng = np.random.default_rng(4)
    rows: list[list[object]] = []
    for correlation in (0.0, 0.5):
        variance = paired_variance(0.90, 0.85, correlation=correlation)
        for n in (100, 250, 266, 400):
            shown = sum(
                non_inferiority(
                    *outcomes(rng, n, rates=(0.90, 0.85), correlation=correlation), margin=0.0
                ).verdict
                == "fail"
                for _ in range(runs)
            )
            planned = power(n, variance=variance, margin=0.05)
            rows.append([correlation, n, 100 * shown / runs, 100 * planned])
    show(
        "Power: suites that show a drop from 90 to 85 %",
        inputs=f"{runs} suites a row, paired cases, margin 0, confidence 95 %",
        columns=("correlation", "cases", "shown %", "planned %"),
        rows=rows,
    )


def stop(differences: Sequence[float], margin: float) -> tuple[str, int]:
    """Verdict of the sequential gate, and the cases it took."""
    found = SequentialGate(margin)
    for x in differences:
        found.update(x)
        if found.verdict != "inconclusive":
            break
    return found.verdict, found.n


def early(runs: int) -> None:
    """What a suite that stops when its verdict is certain saves."""
    rng = np.random.default_rng(5)
    rows: list[list[object]] = []
    n, margin, correlation = 1_000, 0.05, 0.5
    for candidate in (0.9, 0.85, 0.8, 0.7):
        seen = []
        fixed: list[str] = []
        for _ in range(runs):
            before, after = outcomes(rng, n, rates=(0.9, candidate), correlation=correlation)
            seen.append(stop((after.astype(float) - before).tolist(), margin))
            fixed.append(non_inferiority(before, after, margin=margin).verdict)
        verdicts = [verdict for verdict, _ in seen]
        used = float(np.mean([cases for _, cases in seen]))
        rows.append(
            [
                f"0.90 -> {candidate:.2f}",
                *(100 * verdicts.count(verdict) / runs for verdict in ("pass", "fail")),
                *(100 * fixed.count(verdict) / runs for verdict in ("pass", "fail")),
                used,
                100 * (1 - used / n),
            ]
        )
    show(
        "Early stopping: the sequential gate against one that runs all cases",
        inputs=f"{runs} suites a row of {n} cases, margin {margin}, correlation {correlation}",
        columns=(
            "rate",
            "pass %",
            "fail %",
            "all cases: pass %",
            "fail %",
            "mean cases",
            "saved %",
        ),
        rows=rows,
    )


def canary(runs: int) -> None:
    """Rows until the anytime-valid canary knows, looking after every fifty."""
    rng = np.random.default_rng(6)
    rows: list[list[object]] = []
    for candidate in (0.9, 0.88, 0.85, 0.8, 0.7):
        verdicts, taken = [], []
        for _ in range(runs):
            test, seen = TwoArmTest(0.02, cells=500), 0
            while test.verdict == "inconclusive" and seen < 20_000:
                test.extend(rng.random(40) < 0.9, arm="baseline")
                test.extend(rng.random(10) < candidate, arm="candidate")
                seen += 50
            verdicts.append(test.verdict)
            taken.append(seen)
        shares = [100 * verdicts.count(v) / runs for v in ("pass", "fail", "inconclusive")]
        rows.append([f"0.90 -> {candidate:.2f}", *shares, float(np.median(taken))])
    show(
        "Canary: verdicts of the two-arm test",
        inputs=f"{runs} canaries a row with 20 % of 20,000 requests, margin 0.02, confidence 95 %",
        columns=("rate", "pass %", "fail %", "inconclusive %", "median requests"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
