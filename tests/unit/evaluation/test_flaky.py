from __future__ import annotations

import pytest

from holdfast.domain.score import Score
from holdfast.evaluation.flaky import steadiness
from tests.unit.evaluation.test_gate import suite


def samples(case: str, values, *, subject="release a", metric="facts"):
    return [(subject, metric, case, Score(metric, value)) for value in values]


@pytest.mark.parametrize(
    ("values", "behaviour"),
    [
        ([True] * 10, "passing"),
        ([False] * 10, "failing"),
        ([True, False] * 5, "flaky"),
        ([True, False], "flaky"),
    ],
)
def test_only_what_excludes_both_always_pass_and_always_fail_is_flaky(values, behaviour) -> None:
    (found,) = steadiness(suite("[metrics.facts]\nthreshold = 0.9"), samples("c1", values))
    assert (found.behaviour, found.passed, found.samples) == (behaviour, sum(values), len(values))
    assert found.rate.low <= sum(values) / len(values) <= found.rate.high


def test_each_subject_is_measured_against_itself() -> None:
    found = steadiness(
        suite("[metrics.facts]\nthreshold = 0.9"),
        [*samples("c1", [True] * 5), *samples("c1", [False] * 5, subject="release b")],
    )
    assert [one.behaviour for one in found] == ["passing", "failing"]


def test_numbers_pass_at_the_threshold_and_say_nothing_without_one() -> None:
    values = [0.95, 0.4, 0.95, 0.3]
    with_bar = steadiness(suite("[metrics.facts]\nthreshold = 0.9"), samples("c1", values))
    assert [(one.behaviour, one.passed) for one in with_bar] == [("flaky", 2)]
    assert steadiness(suite("[metrics.facts]\nmargin = 0.1"), samples("c1", values)) == []
    slow = samples("c1", [1.0, 3.0], metric="latency")
    (found,) = steadiness(suite("[metrics.latency]\nthreshold = 2.0"), slow)
    assert found.passed == 1


def test_one_sample_failures_of_infrastructure_and_strange_metrics_say_nothing() -> None:
    asked = suite("[metrics.facts]\nthreshold = 0.9")
    assert steadiness(asked, samples("c1", [True])) == []
    assert steadiness(asked, samples("c1", [None, None, True])) == []
    assert steadiness(asked, samples("c1", [True, False], metric="other")) == []
