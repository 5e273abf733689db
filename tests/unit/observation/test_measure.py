from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import UsageError
from holdfast.observation.measure import MEASURES, measure
from tests.support.fact import FACT


def test_a_stage_and_a_scorer_are_measures_too() -> None:
    assert measure("latency.generate").of(FACT) == 0.4
    assert measure("latency.rank").of(FACT) is None
    assert measure("score.rouge").of(replace(FACT, scores={"rouge": 0.25})) == 0.25
    assert measure("score.tone").of(replace(FACT, scores={"tone": "friendly"})) is None


def test_a_misspelt_measure_is_told_its_neighbours() -> None:
    with pytest.raises(UsageError, match="did you mean latency"):
        measure("latancy")


@pytest.mark.parametrize(
    ("changes", "resolved"),
    [
        ({}, True),
        ({"outcome": "rephrased"}, False),
        ({"outcome": "thanked", "refused": True}, True),
        ({"refused": True}, False),
        ({"status": "failed"}, None),
        ({"scores": {"resolution": 0.2}}, False),
    ],
)
def test_a_wish_is_resolved_by_what_came_next(changes, resolved) -> None:
    assert MEASURES["resolved"].of(replace(FACT, **changes)) is resolved


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, None),
        ({"cached": True}, False),
        ({"cached": True, "feedback": "down"}, True),
        ({"cached": True, "outcome": "rephrased"}, True),
        ({"cached": True, "scores": {"grounding": 0.5}}, True),
        ({"cached": True, "labels": {"good": False}}, True),
    ],
)
def test_a_cache_hit_is_wrong_by_whatever_judged_it(changes, wrong) -> None:
    assert MEASURES["wrong-hit"].of(replace(FACT, **changes)) is wrong


def test_a_failed_answer_breaks_no_rule_and_keeps_none() -> None:
    failed = replace(FACT, status="failed")
    assert MEASURES["availability"].of(failed) is False
    assert [MEASURES[name].of(failed) for name in ("policy", "helpful", "whole")] == [None] * 3


@pytest.mark.parametrize(
    ("name", "changes", "value"),
    [
        ("hallucinated", {}, None),
        ("hallucinated", {"scores": {"grounding": 0.5}}, True),
        ("hallucinated", {"scores": {"grounding": 1.0}}, False),
        ("refused", {"refused": True}, True),
        ("refused", {"status": "failed"}, None),
        ("thanked", {"outcome": "thanked"}, True),
        ("rephrased", {"outcome": "thanked"}, False),
        ("escalated", {"outcome": "last"}, None),
        ("gave-up", {"outcome": "gave up"}, True),
        ("gave-up", {}, None),
        ("formatted", {"formatted": True}, True),
        ("language", {"spoken": False}, False),
        ("language", {"spoken": True, "status": "blocked"}, None),
    ],
)
def test_what_is_wrong_has_a_measure_of_its_own(name, changes, value) -> None:
    assert MEASURES[name].of(replace(FACT, **changes)) is value
