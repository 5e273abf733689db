from __future__ import annotations

from holdfast.observation.fact import ELSEWHERE, facts
from tests.support.project import SHOES, STUDENTS, Script, Shop


def found(shop: Shop):
    return facts(shop.system.ledger, "production", since=0)


def test_a_decision_is_a_row(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    (fact,) = found(shop)
    assert fact.decision == decision.id
    assert (fact.status, fact.cached, fact.refused, fact.complete) == (
        "answered", False, False, True,
    )  # fmt: skip
    assert fact.release == shop.project.deployed()
    assert fact.slice == "returns"
    assert fact.input_tokens > 0
    assert fact.length == len(decision.answer)


def test_an_answer_from_the_cache_costs_nothing_again(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.ask(SHOES)
    first, second = found(shop)
    assert (first.cached, second.cached) == (False, True)
    assert (second.input_tokens, second.output_tokens, second.cost) == (0, 0, 0.0)


def test_feedback_and_what_came_next_are_added(shop: Shop) -> None:
    first = shop.ask(SHOES, session="s1")
    shop.ask(f"Thanks! {STUDENTS}", session="s1")
    shop.project.feedback(first.id, "up")
    shop.project.feedback(first.id, "down")
    assert [(f.feedback, f.outcome) for f in found(shop)] == [("down", "thanked"), ("", "last")]


def test_a_rollback_does_not_unmeasure(shop: Shop) -> None:
    before = shop.tick
    shop.ask(SHOES)
    shop.project.rollback(f"@{before}")
    assert len(found(shop)) == 1


def test_another_environment_has_its_own(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.project.fork("production", "staging")
    shop.project.ask(STUDENTS, environment="staging")
    assert [f.question for f in found(shop)] == [SHOES]


def test_without_documents_there_is_no_slice_but_a_named_one(shop: Shop) -> None:
    shop.project.remove(["returns.md", "discounts.md", "shipping.md"])
    shop.ask(SHOES)
    assert [f.slice for f in found(shop)] == [ELSEWHERE]


def test_the_language_and_form_of_an_answer_are_read(shop: Shop) -> None:
    said = iter(["- Das ist in der Filiale nicht möglich.", "Yes, you can return it.", "30 %"])
    shop.parts.model = Script(lambda _: next(said))
    shop.configure("[retrieval]\ncache = false\n")
    shop.project.deploy(reason="another model")
    for _ in range(3):
        shop.ask(SHOES)
    assert [f.spoken for f in found(shop)] == [False, True, None]
    assert [f.formatted for f in found(shop)] == [True, False, False]
