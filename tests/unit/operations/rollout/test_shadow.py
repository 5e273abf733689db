from __future__ import annotations

import json

import pytest

from holdfast.errors import StateError
from holdfast.observation.spend import Meter, spend
from holdfast.operations.deploy import Order
from holdfast.operations.erase.erase import Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.rollout.shadow import Shadows
from tests.support.project import SHOES, STUDENTS, Shop


def started(shop: Shop, *, share: float = 1.0) -> Shadows:
    shop.configure("[retrieval]\npassages = 1\ncache = false\n")
    room = Shadows(shop.system, shop.project.runtime)
    assert room.start("production", share=share, order=Order("try it")).tick == shop.tick
    return room


def test_it_is_asked_the_same_and_served_to_nobody(shop: Shop) -> None:
    served = shop.project.deployed()
    shop.ask("Is this before the shadow?")
    room = started(shop)
    found = [shop.ask(SHOES, session="s"), shop.ask(STUDENTS, session="s")]
    assert {one.stamp.release for one in found} == {served}
    assert room.follow("production") == 2
    assert room.follow("production") == 0
    kept = {entry.key: entry.value for entry in shop.project.entries("shadows")}
    assert kept.keys() == {one.id for one in found}
    assert kept[found[0].id]["was"] == found[0].answer
    report = room.report("production")
    assert (report.compared, report.failed, report.same.n) == (2, 0, 2)
    assert report.scores["grounding"].n == 2
    assert report.seconds is not None


def test_who_takes_over_asks_only_what_is_left(shop: Shop) -> None:
    room = started(shop)
    shop.ask(SHOES)
    room.follow("production")
    shop.ask(STUDENTS)
    other = Shadows(shop.system, shop.project.runtime)
    assert other.follow("production") == 1
    assert other.report("production").compared == 2


def test_a_share_asks_fewer_and_an_end_asks_none(shop: Shop) -> None:
    room = started(shop, share=0.3)
    for number in range(20):
        shop.ask(SHOES, session=f"s-{number}")
    assert 0 < room.follow("production", seconds=60) < 15
    room.end("production", reason="seen enough")
    shop.ask(SHOES)
    assert room.follow("production") == 0
    with pytest.raises(StateError, match="no shadow is running"):
        room.end("production")


def test_an_answer_that_differs_is_shown(shop: Shop) -> None:
    shop.configure('[prompt]\nchain = ["answer"]\n[sampling]\nmax_tokens = 1\n')
    room = Shadows(shop.system, shop.project.runtime)
    room.start("production", share=1.0, order=Order())
    decision = shop.ask(STUDENTS)
    room.follow("production")
    report = room.report("production")
    assert report.same.estimate < 1
    assert report.differing[decision.id][:2] == (STUDENTS, decision.answer)


def test_without_a_shadow_there_is_nothing_to_do(shop: Shop) -> None:
    room = Shadows(shop.system, shop.project.runtime)
    assert (room.follow("production"), room.report("production")) == (0, None)
    with pytest.raises(StateError, match="answers already"):
        room.start("production", share=1.0, order=Order())


def test_an_erasure_takes_what_a_shadow_said(shop: Shop) -> None:
    room = started(shop)
    shop.ask(SHOES, session="mine")
    shop.ask(STUDENTS, session="other")
    room.follow("production")
    shop.ask(SHOES, session="mine")
    Erasures(shop.system).erase(Subject.of(session="mine"), reason="asked to")
    values = {entry.value["question"] for entry in shop.project.entries("shadows")}
    assert values == {"[erased]", STUDENTS}
    assert Shadows(shop.system, shop.project.runtime).follow("production") == 0


def test_it_keeps_to_the_budget_and_its_answers_are_redacted(shop: Shop) -> None:
    room = started(shop)
    served = spend(shop.ask(SHOES).json()).tokens
    room.follow("production")
    (entry,) = shop.project.entries("shadows")
    today = Meter(shop.parts.ledger).today(shop.parts.clock.now())
    assert today["production"].tokens == served + entry.value["tokens"] > served
    shop.configure("[retrieval]\ncache = false\n[privacy.patterns]\nprice = '9\\.90'\n")
    shop.ask("What does express delivery cost?")
    shop.ask("Does express delivery cost 9.90 euros?")
    assert Shadows(shop.system, shop.project.runtime).follow("production") == 1
    kept = json.dumps([entry.value for entry in shop.project.entries("shadows")])
    assert ("costs [price] euros" in kept, "9.90" in kept) == (True, False)
    assert all(entry.value["same"] for entry in shop.project.entries("shadows"))
    shop.ask(STUDENTS)
    shop.configure("[budget]\ntokens_per_day = 1\n")
    assert Shadows(shop.system, shop.project.runtime).follow("production") == 0
    shop.configure("[budget]\ntokens_per_day = 1000000\n")
    assert Shadows(shop.system, shop.project.runtime).follow("production") == 1
