from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Score
from holdfast.evaluation.gate import gate
from holdfast.evaluation.measured import Measured
from holdfast.evaluation.run import Run
from holdfast.evaluation.scorers.registry import Parts
from holdfast.evaluation.suite import parse


def suite(text: str):
    return parse(f'dataset = "golden"\n{text}', file="nightly.toml", parts=Parts())


def measured(values, *, name="candidate", metric="facts", tags=(), errors=0) -> Measured:
    """A run whose case i has the samples values[i]."""
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in values]
    cases = tuple(Case(f"c{i}", "q", tags=tags if i % 2 else ()) for i in range(len(rows)))
    scores, outputs = {}, {}
    for case, row in zip(cases, rows, strict=True):
        for n, value in enumerate(row):
            failed = len(outputs) < errors
            error = "429" if failed else ""
            outputs[case.id, n] = Output(case.id, n, "x", "answered", error=error)
            scores[case.id, n] = Score(metric, None if failed else value)
    run = Run(name, "nightly", "golden", "d", "b", {"kind": "callable", "name": name},
              len(rows[0]), 0, len(rows))  # fmt: skip
    return Measured(run, cases, outputs, {metric: scores})


MARGIN = "[metrics.facts]\nmargin = 0.05"


def rates(n: int, rate: float, seed: int = 0) -> list[bool]:
    return [bool(x) for x in np.random.default_rng(seed).random(n) < rate]


def test_the_same_passes_much_worse_fails_and_few_cases_do_not_decide() -> None:
    good = rates(300, 0.9)
    bad = [x and i % 5 > 0 for i, x in enumerate(good)]
    base = measured(good, name="baseline")
    assert gate(suite(MARGIN), measured(good), baseline=base).verdict == "pass"
    failed = gate(suite(MARGIN), measured(bad), baseline=base)
    (row,) = failed.rows
    assert (failed.verdict, row.verdict, row.more) == ("fail", "fail", None)
    assert row.changed is not None
    assert (row.changed.gained, row.changed.lost) == (0, sum(good) - sum(bad))
    assert row.changed.p_value < 1e-6
    lost = {f"c{i}" for i, (x, y) in enumerate(zip(good, bad, strict=True)) if x and not y}
    assert len(failed.cases) == 10
    assert set(failed.cases) <= lost
    few = gate(suite(MARGIN), measured(good[:20]), baseline=measured(good[:20], name="baseline"))
    (row,) = few.rows
    assert (few.verdict, row.verdict) == ("inconclusive", "inconclusive")
    assert 30 <= row.more <= 60


def test_samples_of_a_case_are_averaged_and_slices_are_rows_of_their_own() -> None:
    asked = suite('slices = ["odd"]\n[metrics.facts]\nmargin = 0.2\n')
    good = [[1.0, 1.0, 0.0]] * 80
    worse = [[1.0, 1.0, 0.0] if i % 2 == 0 else [0.0, 0.0, 0.0] for i in range(80)]
    found = gate(asked, measured(worse, tags=("odd",)),
                 baseline=measured(good, name="baseline", tags=("odd",)))  # fmt: skip
    whole, odd = found.rows
    assert (whole.slice, whole.cases, odd.slice, odd.cases) == ("", 80, "odd", 40)
    assert odd.verdict == "fail"
    assert odd.estimate == pytest.approx(-2 / 3)
    assert whole.estimate == pytest.approx(-1 / 3)


@pytest.mark.parametrize(
    ("values", "threshold", "verdict"),
    [
        ([True] * 100, 0.9, "pass"),
        ([True] * 10, 0.9, "inconclusive"),
        ([False] * 20 + [True] * 20, 0.9, "fail"),
        ([0.95] * 200, 0.9, "pass"),
        ([0.95] * 5, 0.9, "inconclusive"),
        ([0.5, 0.6] * 40, 0.9, "fail"),
        ([True] * 5, 1.0, "pass"),
        ([True] * 50 + [False], 1.0, "fail"),
    ],
)
def test_a_threshold_is_decided_by_the_interval(values, threshold, verdict) -> None:
    asked = suite(f"[metrics.facts]\nthreshold = {threshold}")
    assert gate(asked, measured(values)).verdict == verdict


def test_lower_is_better_for_latency() -> None:
    slow = [1.0 + i % 3 / 10 for i in range(40)]
    quick = [x / 10 for x in slow]
    asked = suite("[metrics.latency]\nthreshold = 0.5\nmargin = 0.1")
    base = measured(quick, name="baseline", metric="latency")
    passed = gate(asked, measured(quick, metric="latency"), baseline=base)
    assert passed.verdict == "pass"
    failed = gate(asked, measured(slow, metric="latency"), baseline=base)
    assert [row.verdict for row in failed.rows] == ["fail", "fail"]
    assert failed.rows[1].estimate == pytest.approx(0.99, abs=0.01)
    assert 0.1 < failed.rows[1].low < failed.rows[1].high


def test_errors_enter_no_denominator_and_many_let_nothing_pass() -> None:
    good = [True] * 200
    base = measured(good, name="baseline")
    few = gate(suite(MARGIN), measured(good, errors=5), baseline=base)
    assert (few.verdict, few.rows[0].cases) == ("pass", 195)
    many = gate(suite(MARGIN), measured(good, errors=50), baseline=base)
    assert many.verdict == "inconclusive"
    assert many.rows[0].reason == "50 of 200 outputs of candidate are lacking"
    none = gate(suite(MARGIN), measured(good, errors=200), baseline=base)
    assert (none.verdict, none.rows[0].reason) == (
        "inconclusive", "no case has a score on both sides",
    )  # fmt: skip


def test_a_crashed_scorer_lets_nothing_pass() -> None:
    good = [True] * 200
    found = measured(good)
    found.scores["facts"]["c3", 0] = Score("facts", None, error="KeyError: 'x'")
    base = measured(good, name="baseline")
    (row,) = gate(suite(MARGIN), found, baseline=base).rows
    assert (row.verdict, row.reason) == (
        "inconclusive", "the scorer crashed on 1 outputs of candidate",
    )  # fmt: skip


def test_clusters_count_once() -> None:
    good = [True] * 100
    base, found = measured(good, name="baseline"), measured(good)
    same = tuple(replace(case, cluster=f"k{i // 25}") for i, case in enumerate(found.cases))
    assert gate(suite(MARGIN), found, baseline=base).verdict == "pass"
    clustered = replace(found, cases=same)
    assert gate(suite(MARGIN), clustered, baseline=base).verdict == "inconclusive"


def test_an_equally_good_candidate_seldom_fails_however_many_rows() -> None:
    asked = suite(
        'slices = ["odd"]\nconfidence = 0.9\n[metrics.facts]\nmargin = 0.0\nthreshold=0.8'
    )
    fails = 0
    for seed in range(40):
        found = gate(
            asked,
            measured(rates(60, 0.8, 2 * seed), tags=("odd",)),
            baseline=measured(rates(60, 0.8, 2 * seed + 1), name="baseline", tags=("odd",)),
        )
        fails += found.verdict == "fail"
    assert fails <= 9
