from __future__ import annotations

import random
from dataclasses import replace

from holdfast.domain.dataset import Case
from holdfast.evaluation.watch import Watch, clusters
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
    while todo and watch.verdict == "inconclusive":
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
