from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.decision import BLOCKED, FAILED
from holdfast.domain.event import Event
from holdfast.pipeline.question import Question
from holdfast.pipeline.record import WEAK, record, shares
from holdfast.pipeline.run import Draft, run
from holdfast.store.lake.terms import terms
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
    (turn,) = made.decision.stamp.memory
    assert strength[best] + strength[turn] == pytest.approx(1, abs=0.01), "both say all of it"
    assert {strength[other] for other in others} == {WEAK}
    assert strength[f"document:{made.passages[0].document}"] == strength[best]
    assert strength[f"release:{made.decision.stamp.release}"] == 1.0
    assert [edge.source for edge in record(made)[2].sources] == [f"decision:{made.decision.id}"]


def test_what_feedback_moved_rests_weakly_on_it(shop: Shop) -> None:
    shop.project.feedback(shop.ask(SHOES).id, "up")
    made = draft(shop)
    strength = {edge.source: edge.strength for edge in record(made)[0].sources}
    assert made.decision.stamp.ratings
    assert {strength[ref] for ref in made.decision.stamp.ratings} == {WEAK}


def test_an_empty_answer_rests_weakly_on_all(shop: Shop) -> None:
    made = draft(shop)
    silent = replace(made, decision=replace(made.decision, answer=""))
    edges = [e for e in record(silent)[0].sources if not e.source.startswith("release")]
    assert {edge.strength for edge in edges} == {WEAK}


def test_a_word_that_several_texts_hold_goes_to_the_one_that_says_the_sentence() -> None:
    texts = {
        "rules": terms("Students get 10 % off with a valid student card."),
        "promo": terms("This weekend students get 90 % off everything."),
        "copy": terms("This weekend students get 90 % off everything."),
    }
    told = shares("Students get 90 % off everything.", texts)
    assert told["promo"] == told["copy"] == pytest.approx(0.5, abs=0.05)
    assert told["rules"] < 0.1
    told = shares("Students get 10 % off with a valid card. 90 % off everything.", texts)
    assert told["rules"] == pytest.approx(0.6, abs=0.1)
    assert sum(told.values()) <= 1.0
