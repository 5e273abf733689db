from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from holdfast.observation.columns import FactColumns
from holdfast.observation.counts import Count, Counts
from holdfast.observation.duration import DAY
from holdfast.observation.objective import Objective, indicator
from tests.support.fact import FACT

POLICY = Objective("policy", "shop", "", 0.9, 28 * DAY, indicator("policy"))
HELPFUL = Objective("helpful", "shop", "", 0.9, 28 * DAY, indicator("feedback"))
BOTH = (POLICY, HELPFUL)


def look(counts: Counts, facts: list[Any], promised: Sequence[Objective]) -> dict[str, Count]:
    return counts.look(FactColumns(facts), promised)


def decision(number: int, **more: object) -> object:
    return replace(FACT, decision=f"d-{number}", **more)  # type: ignore[arg-type]


def test_each_decision_is_counted_once_from_the_first_look_on() -> None:
    counts = Counts()
    old, new, wrong = decision(1), decision(2), decision(3, broken=("rule",))
    assert look(counts, [old], BOTH)["policy"] == Count(0, 0)
    assert look(counts, [old, new, wrong], BOTH)["policy"] == Count(2, 1)
    assert look(counts, [old, new, wrong], BOTH)["policy"] == Count(2, 1)


def test_what_leaves_the_window_stays_counted() -> None:
    counts = Counts()
    look(counts, [], BOTH)
    look(counts, [decision(1)], BOTH)
    assert look(counts, [], BOTH)["policy"] == Count(1, 0)


def test_what_is_judged_or_turns_bad_later_is_counted_then() -> None:
    counts = Counts()
    look(counts, [], BOTH)
    one = decision(1)
    assert look(counts, [one], BOTH)["helpful"] == Count(0, 0)
    liked, disliked = replace(one, feedback="up"), replace(one, feedback="down")  # type: ignore[type-var]
    assert look(counts, [liked], BOTH)["helpful"] == Count(1, 0)
    assert look(counts, [disliked], BOTH)["helpful"] == Count(1, 1)
    for fact in (liked, disliked, liked):
        assert look(counts, [fact], BOTH)["helpful"] == Count(1, 1)
