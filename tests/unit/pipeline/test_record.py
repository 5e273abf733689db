from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.decision import BLOCKED, FAILED
from holdfast.domain.event import Event
from holdfast.pipeline.question import Question
from holdfast.pipeline.record import WEAK, record, strengths
from holdfast.pipeline.run import Draft, run
from tests.support.project import SHOES, Shop


def draft(shop: Shop, text: str = SHOES, **changes: object) -> Draft:
    view = shop.system.view("production")
    runtime = shop.project.runtime(shop.project.deployed())
    *_, made = run(
        replace(Question(text, "production"), **changes),
        runtime=runtime,
        view=view,
        search=shop.system.search(runtime.space),
        clock=shop.system.clock,
    )
    return made


def stores(events: tuple[Event, ...]) -> list[str]:
    return [event.store for event in events]


def test_an_answer_leaves_a_decision_a_turn_and_a_cache_entry(shop: Shop) -> None:
    made = draft(shop, session="s1")
    events = record(made)
    assert stores(events) == ["decisions", "memory", "cache"]
    assert events[0].value == made.decision.json()
    assert events[2].value["answer"] == made.decision.answer
    assert events[2].value["decision"] == made.decision.id


def test_without_a_session_nothing_is_remembered(shop: Shop) -> None:
    assert stores(record(draft(shop))) == ["decisions", "cache"]
    assert stores(record(draft(shop, cache=False))) == ["decisions"]


@pytest.mark.parametrize("status", [BLOCKED, FAILED])
def test_what_was_not_answered_is_not_remembered(shop: Shop, status: str) -> None:
    made = draft(shop, session="s1")
    blocked = replace(made, decision=replace(made.decision, status=status), cache_key="")
    assert stores(record(blocked)) == ["decisions"]


def test_an_answer_from_the_cache_derives_from_its_entry_and_makes_no_other(shop: Shop) -> None:
    shop.ask(SHOES)
    made = draft(shop)
    (event,) = record(made)
    assert made.decision.stamp.cache in {edge.source for edge in event.sources}


def test_lineage_says_how_much_rests_on_what(shop: Shop) -> None:
    shop.ask(SHOES, session="s1")
    made = draft(shop, session="s1")
    strength = {edge.source: edge.strength for edge in record(made)[0].sources}
    best, *others = (f"chunk:{chunk.id}" for chunk in made.passages)
    assert strength[best] == 1.0, "every word of the answer is in it"
    assert all(WEAK <= strength[other] < 0.5 for other in others)
    assert strength[made.decision.stamp.memory[0]] == 1.0
    assert strength[f"release:{made.decision.stamp.release}"] == WEAK
    cache = record(made)[2]
    assert cache.sources[0].source == f"decision:{made.decision.id}"
    assert set(cache.sources[1:]) == set(record(made)[0].sources)


def test_an_empty_answer_rests_weakly_on_all(shop: Shop) -> None:
    made = draft(shop)
    silent = replace(made.decision, answer="")
    assert set(strengths(silent, made.passages).values()) == {WEAK}
