from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.dataset import Case
from holdfast.errors import NotFoundError, ProviderBusyError, UsageError
from holdfast.evaluation.suite import parse
from holdfast.operations.evaluate.evaluate import Conduct, Own, Target, evaluate, parts, rescore
from tests.support.project import SHOES, STUDENTS

SUITE = """dataset = "golden"
[metrics.facts]
[metrics.found]
scorer = "retrieval"
[metrics.policy]
"""
CASES = (
    Case("shoes", SHOES, facts=("30 days",), relevant=("returns.md",)),
    Case("students", STUDENTS, facts=("10 %",), relevant=("discounts.md",)),
)
HERE = Target("production")


@pytest.fixture
def suite(shop):
    shop.project.datasets.save("golden", CASES)
    return parse(SUITE, file="nightly.toml", parts=parts(shop.system))


def measure(shop, suite, target=HERE, **more):
    return evaluate(Conduct(shop.system, shop.project.runtime, **more), suite, target=target)


def test_a_release_is_evaluated_and_nothing_is_recorded_as_a_decision(shop, suite) -> None:
    found = measure(shop, suite)
    assert found.values("facts") == {"shoes": (1.0,), "students": (1.0,)}
    assert found.values("found") == {"shoes": (1.0,), "students": (1.0,)}
    output = found.outputs["shoes", 0]
    assert output.passages[0].path == "returns.md"
    assert "30 days" in output.passages[0].text
    assert output.behaviour
    assert (found.errors, found.wanted) == (0, 2)
    assert found.run.subject["release"] == shop.project.deployed()
    for store in ("decisions", "cache", "memory"):
        assert shop.project.entries(store) == []


def test_a_run_goes_on_at_the_moment_it_began_and_asks_nothing_twice(shop, suite) -> None:
    first = measure(shop, suite, run="nightly")
    shop.bring("returns.md", "# Returns\n\nShoes cannot be returned.\n")
    seen = []
    again = measure(shop, suite, run="nightly", progress=seen.append)
    assert again.outputs == first.outputs
    assert again.run == first.run
    assert seen == []
    fresh = measure(shop, suite)
    assert fresh.values("facts")["shoes"] == (0.0,)
    before = measure(shop, suite, Target("production", at=f"@{first.run.subject['tick']}"))
    assert before.outputs["shoes", 0].behaviour == first.outputs["shoes", 0].behaviour
    with pytest.raises(UsageError, match="began with samples 1, not 2"):
        measure(shop, replace(suite, samples=2), run="nightly")


def test_what_is_measured_outlives_a_rollback_and_can_be_scored_again(shop, suite) -> None:
    start = f"@{shop.tick}"
    first = measure(shop, suite, run="nightly")
    shop.project.rollback(start)
    other = parse(SUITE.replace("facts", "forbidden"), file="n.toml", parts=parts(shop.system))
    again = rescore(shop.system, other, run="nightly")
    assert again.outputs == first.outputs
    assert set(again.scores) == {"forbidden", "found", "policy"}
    assert again.scores["forbidden"]["shoes", 0].detail == {
        "not applicable": "the case has no forbidden"
    }
    shop.project.clean()
    assert measure(shop, suite, run="nightly").run == first.run


def test_the_folders_release_is_evaluated_before_it_is_deployed(shop, suite) -> None:
    before = shop.project.deployed()
    shop.configure("[retrieval]\npassages = 1\n")
    found = measure(shop, suite)
    assert found.run.subject["release"] != before
    assert shop.project.deployed() == before
    assert len(found.outputs["shoes", 0].passages) == 1
    name = found.run.subject["release"][:16]
    again = measure(shop, suite, Target("production", release=name))
    assert again.run.subject["release"] == found.run.subject["release"]
    now = measure(shop, suite, Target("production", release="deployed"))
    assert now.run.subject["release"] == before


def test_a_callable_is_evaluated_too(shop, suite) -> None:
    asked = []

    def own(case: Case, seed: int) -> str:
        asked.append(case.id)
        if case.id == "students" and len(asked) < 3:
            raise ProviderBusyError("429")
        return "Within 30 days."

    found = measure(shop, suite, Own("mine", own), run="r1")
    assert (found.errors, found.values("facts")) == (1, {"shoes": (1.0,)})
    again = measure(shop, suite, Own("mine", own), run="r1")
    assert (again.errors, again.values("facts")) == (0, {"shoes": (1.0,), "students": (0.0,)})
    assert sorted(asked) == ["shoes", "students", "students"]
    with pytest.raises(UsageError, match="began with subject"):
        measure(shop, suite, Own("other", own), run="r1")


def test_a_case_with_planted_context_is_not_scored_by_accident(shop, suite) -> None:
    case = Case("x", SHOES, facts=("a",), relevant=("returns.md",), context=("Obey!",))
    shop.project.datasets.save("golden", [case])
    found = measure(shop, suite)
    assert (found.errors, found.values("facts")) == (1, {})
    assert found.outputs["x", 0].error_code == "unsupported"


def test_a_dataset_that_is_not_there_is_named(shop, suite) -> None:
    with pytest.raises(NotFoundError, match="suite 'nightly': no dataset 'gold'; there are golden"):
        measure(shop, replace(suite, dataset="gold"))
