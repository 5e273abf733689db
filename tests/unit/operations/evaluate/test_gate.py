from __future__ import annotations

import pytest

from holdfast.domain.dataset import Case
from holdfast.evaluation.suite import parse
from holdfast.operations.evaluate.evaluate import Conduct, Target, parts
from holdfast.operations.evaluate.gate import gate_release, plan_gate
from tests.support.project import SHOES, STUDENTS

SUITE = """dataset = "golden"
[metrics.facts]
margin = 0.1
"""
CASES = [
    Case(f"{name}-{n}", f"{question} {'Please' * (n % 2)}", facts=(fact,))
    for name, question, fact in (("shoes", SHOES, "30 days"), ("students", STUDENTS, "10 %"))
    for n in range(24)
]


@pytest.fixture
def suite(shop):
    shop.project.datasets.save("golden", CASES)
    return parse(SUITE, file="nightly.toml", parts=parts(shop.system))


def hold(shop, suite, **targets):
    where = {name: Target("production", "deployed", at) for name, at in targets.items()}
    return gate_release(Conduct(shop.system, shop.project.runtime), suite, **where)


def test_a_bad_page_fails_the_gate_by_name_and_the_good_moment_passes(shop, suite) -> None:
    good = f"@{shop.tick}"
    shop.bring("returns.md", "# Returns\n\nShoes that you wore once cannot be returned.\n")
    bad = hold(shop, suite, candidate=None, baseline=good)
    assert bad.gate.verdict == "fail"
    assert {case.split("-")[0] for case in bad.gate.cases} == {"shoes"}
    assert hold(shop, suite, candidate=good, baseline=good).gate.verdict == "pass"
    kept = {entry.key: entry.value["verdict"] for entry in shop.project.entries("verdicts")}
    assert sorted(kept.values()) == ["fail", "pass"]
    assert kept[bad.candidate.run.id] == "fail"
    assert shop.project.entries("decisions") == []


def test_both_sides_get_the_same_seeds(shop, suite) -> None:
    found = hold(shop, suite, candidate=None, baseline=None)
    one, other = found.candidate.outputs, found.baseline.outputs
    assert {key: one[key].seed for key in one} == {key: other[key].seed for key in other}


def test_a_plan_asks_nothing_and_goes_by_what_the_newest_gate_measured(shop, suite) -> None:
    (found,) = plan_gate(shop.system, suite)
    assert (found.metric, found.cases, found.margin) == ("facts", 48, 0.1)
    assert found.variance == "supposed"
    assert shop.project.entries("runs") == []
    hold(shop, suite, candidate=None, baseline=None)
    assert plan_gate(shop.system, suite) == (found,)
    good = f"@{shop.tick}"
    shop.bring("returns.md", "# Returns\n\nShoes that you wore once cannot be returned.\n")
    hold(shop, suite, candidate=None, baseline=good)
    (after,) = plan_gate(shop.system, suite)
    # Half of the cases went from right to wrong: a variance of a quarter, not of 0.09.
    assert after.variance == "measured"
    assert after.needed == pytest.approx(found.needed * 0.25 / 0.09, rel=0.05)
