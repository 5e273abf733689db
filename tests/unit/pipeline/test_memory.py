from __future__ import annotations

from datetime import UTC, datetime

import pytest

from holdfast.errors import UsageError
from holdfast.pipeline.memory import Turn, check_session, recall, remember
from tests.support.project import SHOES, STUDENTS, Shop


def turns(shop: Shop, session: str, *, count: int = 10) -> list[str]:
    view = shop.system.view("production")
    return [turn.question for turn in recall(view, session, turns=count)]


def test_the_newest_turns_come_oldest_first(shop: Shop) -> None:
    for text in ("one?", "two?", "three?"):
        shop.ask(text, session="s1")
    assert turns(shop, "s1") == ["one?", "two?", "three?"]
    assert turns(shop, "s1", count=2) == ["two?", "three?"]
    assert turns(shop, "s1", count=0) == []
    assert turns(shop, "") == []


def test_sessions_are_strangers(shop: Shop) -> None:
    shop.ask(SHOES, session="s1")
    shop.ask(STUDENTS, session="s10")
    assert turns(shop, "s1") == [SHOES]
    assert turns(shop, "s10") == [STUDENTS]
    assert turns(shop, "s") == []


def test_turns_stand_as_they_were_recorded_whatever_the_clock_does(shop: Shop) -> None:
    shop.ask(SHOES, session="s1")
    shop.parts.clock.set(datetime(2025, 1, 1, tzinfo=UTC))
    shop.ask(STUDENTS, session="s1")
    assert turns(shop, "s1") == [SHOES, STUDENTS]


def test_a_rollback_forgets_turns(shop: Shop) -> None:
    shop.ask(SHOES, session="s1")
    shop.ask(STUDENTS, session="s1")
    shop.project.rollback("~1")
    assert turns(shop, "s1") == [SHOES]


def test_a_turn_derives_from_its_decision() -> None:
    event = remember("s1", decision="d-1", question="q?", answer="a.")
    assert (event.store, event.key) == ("memory", "s1/d-1")
    assert [edge.source for edge in event.sources] == ["decision:d-1"]
    assert Turn("q?", "a.").ref == ""


@pytest.mark.parametrize("session", ["", "s1", "user:42@shop.example", "é-ü", "x" * 128])
def test_a_session_has_a_name(session: str) -> None:
    assert check_session(session) == session


@pytest.mark.parametrize("session", ["a/b", "a b", "x" * 129, "a\n", "\0"])
def test_a_session_that_has_none_is_refused(session: str) -> None:
    with pytest.raises(UsageError, match="session"):
        check_session(session)
