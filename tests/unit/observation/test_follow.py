from __future__ import annotations

from holdfast.observation.fact import facts
from holdfast.observation.follow import Follower
from tests.support.project import SHOES, STUDENTS, Shop


def test_following_gives_what_reading_all_gives(shop: Shop) -> None:
    follower = Follower(shop.system.ledger, "production")
    assert follower.facts(since=0) == []
    first = shop.ask(SHOES, session="s1")
    steps = (
        lambda: shop.ask("Can I return shoes I wore once?", session="s1"),
        lambda: shop.project.feedback(first.id, "down"),
        lambda: shop.ask(STUDENTS, session="s2"),
        lambda: shop.ask("I want to talk to a human", session="s1"),
        lambda: shop.ask(SHOES),
    )
    for step in steps:
        step()
        assert follower.facts(since=0) == facts(shop.system.ledger, "production", since=0)


def test_what_is_too_old_is_let_go(shop: Shop) -> None:
    follower = Follower(shop.system.ledger, "production")
    shop.ask(SHOES, session="s1")
    assert len(follower.facts(since=0)) == 1
    shop.parts.clock.advance(hours=2)
    now = shop.parts.clock.now()
    shop.ask(STUDENTS, session="s1")
    assert [f.question for f in follower.facts(since=now)] == [STUDENTS]
