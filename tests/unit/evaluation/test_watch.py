from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from holdfast.domain.dataset import Case
from holdfast.evaluation.gate import Row
from holdfast.evaluation.watch import Line, Watch, clusters
from tests.unit.evaluation.test_gate import MARGIN, measured, rates, suite


def part(whole, cases):
    """What a run has of some cases."""
    kept = {case.id for case in cases}
    return replace(
        whole,
        cases=tuple(cases),
        outputs={k: v for k, v in whole.outputs.items() if k[0] in kept},
        scores={
            m: {k: v for k, v in scores.items() if k[0] in kept}
            for m, scores in whole.scores.items()
        },
    )


def watched(asked, *sides, every=10):
    """What a watch says, looking after every ten cases, and what was asked by then."""
    watch = Watch(asked, sides[0].cases, paired=len(sides) > 1)
    todo = clusters(sides[0].cases, seed=0)
    seen: list[Case] = []
    while todo and watch.verdict == "inconclusive" and not watch.hopeless:
        block, todo = todo[:every], todo[every:]
        new = [case for cluster in block for case in cluster]
        seen += new
        watch.add(block, [part(side, new) for side in sides])
    return watch.gate(*(part(side, seen) for side in sides))


def test_it_stops_when_the_candidate_is_as_good_and_when_it_is_much_worse() -> None:
    good = rates(1_000, 0.9)
    bad = [x and i % 4 > 0 for i, x in enumerate(good)]
    base = measured(good, name="baseline")
    passed = watched(suite(MARGIN), measured(good), base)
    assert (passed.verdict, passed.of, passed.rows[0].low >= -0.05) == ("pass", 1_000, True)
    assert passed.asked < 300
    failed = watched(suite(MARGIN), measured(bad), base)
    assert (failed.verdict, failed.rows[0].high < -0.05) == ("fail", True)
    assert failed.asked < 300
    assert failed.rows[0].p_value < 0.05
    assert failed.cases


def test_all_cases_that_are_not_enough_are_inconclusive() -> None:
    good = rates(30, 0.9)
    found = watched(suite(MARGIN), measured(good), measured(good, name="baseline"))
    assert (found.verdict, found.asked, found.of) == ("inconclusive", 30, 30)
    assert found.rows[0].more > 0
    assert found.confidence == 0.95


def test_the_last_look_decides_what_looking_early_did_not() -> None:
    good = rates(78, 0.9)
    found = watched(suite(MARGIN), measured(good), measured(good, name="baseline"))
    assert (found.verdict, found.asked) == ("pass", 78)


def test_one_miss_ends_a_suite_that_allows_none() -> None:
    values = [True] * 500
    values[77] = False
    found = watched(suite("[metrics.facts]\nthreshold = 1.0"), measured(values))
    assert found.verdict == "fail"
    assert found.asked < 500
    all_right = watched(suite("[metrics.facts]\nthreshold = 1.0"), measured([True] * 50))
    assert (all_right.verdict, all_right.asked) == ("pass", 50)


def test_amounts_are_told_at_the_end_only() -> None:
    slow = measured([0.1 + i % 3 / 100 for i in range(200)], metric="latency")
    found = watched(suite("[metrics.latency]\nthreshold = 0.5"), slow)
    assert (found.verdict, found.asked) == ("pass", 200)


def test_a_slice_that_is_not_sure_yet_goes_on() -> None:
    asked = suite('slices = ["odd"]\n[metrics.facts]\nmargin = 0.05')
    good = measured(rates(600, 0.9), tags=("odd",))
    both = watched(asked, good, replace(good, run=replace(good.run, id="baseline")))
    alone = watched(suite(MARGIN), good, replace(good, run=replace(good.run, id="baseline")))
    assert both.verdict == alone.verdict == "pass"
    assert both.asked > alone.asked * 1.5


def test_what_is_lacking_lets_nothing_pass_early() -> None:
    good = rates(400, 0.9)
    found = watched(suite(MARGIN), measured(good, errors=200), measured(good, name="baseline"))
    assert found.verdict == "inconclusive"


def test_cases_in_quarantine_do_not_count() -> None:
    values = [True] * 200
    values[3] = False
    asked = replace(suite("[metrics.facts]\nthreshold = 1.0"), quarantine=("c3",))
    assert watched(asked, measured(values)).verdict == "pass"


def test_clusters_stay_together_and_their_order_is_the_seeds() -> None:
    cases = [Case(f"c{i}", "q", cluster=f"k{i % 3}" if i < 30 else "") for i in range(40)]
    found = clusters(cases, seed=1)
    assert sorted(map(len, found)) == [1] * 10 + [10] * 3
    assert found == clusters(cases, seed=1) != clusters(cases, seed=2)
    random.seed(0)
    assert found == clusters(cases, seed=1)


def edged(n: int, *, lost: int) -> list[bool]:
    """Mostly right, and so many wrong that had been right."""
    return [x and i % 100 >= lost for i, x in enumerate(rates(n, 0.9))]


def test_a_candidate_at_the_margin_is_given_up_before_the_end() -> None:
    base = measured(rates(1_000, 0.9), name="baseline")
    found = watched(suite(MARGIN), measured(edged(1_000, lost=6)), base)
    assert (found.verdict, found.of) == ("inconclusive", 1_000)
    assert 200 <= found.asked < 900
    assert found.rows[0].low < -0.05 < found.rows[0].high
    assert found.rows[0].more > 0


def test_amounts_keep_a_run_going_that_could_otherwise_be_given_up() -> None:
    asked = suite(MARGIN + "\n[metrics.latency]\nthreshold = 0.5\n")
    both = [
        replace(one, scores={**one.scores, **measured([0.1] * 400, metric="latency").scores})
        for one in (measured(edged(400, lost=6)), measured(rates(400, 0.9), name="baseline"))
    ]
    assert watched(asked, *both).asked == 400


@pytest.mark.parametrize("bar", ["margin", "threshold"])
def test_looking_errs_no_more_often_than_it_may(bar: str) -> None:
    rng = np.random.default_rng(0)
    row = Row("facts", "", bar, "inconclusive", 0.05 if bar == "margin" else 0.9, 0)
    metric = next(iter(suite("[metrics.facts]\nmargin = 0.05").metrics))
    said = []
    for _ in range(60):
        line = Line(row, metric, total=120, alpha=0.1, rows=1)
        before = rng.random(120) < 0.9
        after = before & (rng.random(120) < 17 / 18) if bar == "margin" else before
        for i, (new, old) in enumerate(zip(after, before, strict=True)):
            line.add(f"k{i}", [(float(new), float(old) if bar == "margin" else 0.0)])
            line.look()
        said.append((line.passed, line.failed))
    assert {True, False} <= {any(one) for one in said}
    # 10 % of 60, and three standard errors.
    assert sum(passed for passed, _ in said) <= 13
    assert sum(failed for _, failed in said) <= 13


def test_a_row_that_fails_by_its_last_look_says_so_with_its_chance() -> None:
    good = rates(1_000, 0.9)
    bad = [x and i % 4 > 0 for i, x in enumerate(good)]
    asked = suite('slices = ["odd"]\n[metrics.facts]\nmargin = 0.05\nthreshold = 0.2')
    base = measured(good, name="baseline", tags=("odd",))
    found = watched(asked, measured(bad, tags=("odd",)), base)
    assert found.verdict == "fail"
    failed = [row for row in found.rows if row.verdict == "fail"]
    assert {row.kind for row in failed} == {"margin"}
    assert all(0 < row.p_value <= 0.05 and row.high < -0.05 for row in failed)
