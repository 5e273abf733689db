"""Measures by columns are those of single decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import UsageError
from holdfast.observation.columns import FactColumns, coded
from holdfast.observation.fact import Fact
from holdfast.observation.measure import DECISION, MEASURES, Measure, measure
from holdfast.observation.objective import Indicator
from holdfast.observation.values import BY_NAME, values
from tests.support.fact import FACT

SAID = st.sampled_from([True, False, 0.0, 0.4, 1.0, 2, "hostile", "friendly", ""])
SCORERS = ("grounding", "resolution", "safety", "tone", "relevance", "rouge")
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["answered", "blocked", "failed", "fenced"]),
        "outcome": st.sampled_from(
            ["", "last", "thanked", "rephrased", "escalated", "gave up", "went on"]
        ),
        "feedback": st.sampled_from(["", "up", "down", "correct"]),
        "scores": st.dictionaries(st.sampled_from(SCORERS), SAID),
        "labels": st.dictionaries(st.sampled_from(["good", "policy"]), st.booleans()),
        "broken": st.sampled_from([(), ("rule",)]),
        "latency": st.sampled_from([{}, {"total": 0.25}, {"total": 1.5, "generate": 1.0}]),
        "spoken": st.sampled_from([None, True, False]),
        "cost": st.sampled_from([None, 0.0, 0.125]),
        "passages": st.integers(0, 2),
        "slice": st.sampled_from(["returns", "discounts"]),
        **{
            name: st.booleans()
            for name in ("cached", "complete", "truncated", "refused", "formatted", "told")
        },
    },
)
FACTS = st.lists(CHANGES.map(lambda changes: replace(FACT, **changes)), max_size=12)
ALL = (*MEASURES.values(), *map(measure, ("latency.generate", "score.rouge", "score.tone")))


def one_by_one(by: Measure, facts: list[Fact]) -> list[Any]:
    found = [by.of(fact) for fact in facts]
    return [(isinstance(value, bool), float(value)) for value in found if value is not None]


@settings(max_examples=50)
@given(facts=FACTS)
def test_a_measure_says_the_same_of_many_as_of_one(facts: list[Fact]) -> None:
    for by in ALL:
        found = values(by, FactColumns(facts)).of(slice(None))
        told = list(zip(found.binary.tolist(), found.numbers.tolist(), strict=True))
        assert told == one_by_one(by, facts), by.name


@settings(max_examples=25)
@given(facts=FACTS, bad=st.booleans(), where=st.sampled_from([{}, {"slice": "returns"}]))
def test_an_indicator_judges_many_as_one(
    facts: list[Fact], *, bad: bool, where: dict[str, str]
) -> None:
    for promised in (
        Indicator(MEASURES["resolved"], bad=bad, where=where),
        Indicator(MEASURES["latency"], "lte", 0.5, bad=bad, where=where),
    ):
        judged = promised.judged(FactColumns(facts))
        found: list[bool | None] = [None] * len(facts)
        for row, good in zip(judged.rows.tolist(), judged.good.tolist(), strict=True):
            found[row] = good
        assert found == [promised.good(fact) for fact in facts]


def test_every_measure_has_columns() -> None:
    assert set(BY_NAME) == set(MEASURES)
    with pytest.raises(UsageError, match="'mood' cannot be worked out by columns"):
        values(Measure("mood", DECISION, "", None, "", lambda _: True), FactColumns([]))


def test_texts_that_become_equal_are_one() -> None:
    found = coded(["ab", "ac", "b"]).mapped(lambda text: text[0])
    assert (found.names, found.texts()) == (("a", "b"), ["a", "a", "b"])
    assert coded([]).among("a").tolist() == []
