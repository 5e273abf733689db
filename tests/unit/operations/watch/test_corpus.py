from __future__ import annotations

import pytest

from holdfast.operations.watch.corpus import Wanted, corpus
from tests.support.project import SHOES, STUDENTS, Shop

RIVAL = "# Returns in stores\n\nShoes that you wore once indoors can be returned within 60 days.\n"


@pytest.fixture
def asked(shop: Shop) -> Shop:
    for n in range(10):
        shop.ask(SHOES if n % 2 else STUDENTS)
    shop.ask("Which orchestra played Mahler yesterday evening?")
    return shop


def look(shop: Shop, before: str, **wanted):
    return corpus(shop.system, before, runtimes=shop.project.runtime, wanted=Wanted(**wanted))


def test_nothing_moved_between_a_moment_and_itself(asked: Shop) -> None:
    found = look(asked, "head")
    assert (found.added, found.removed, found.changed, found.resting) == (0, 0, 0, 0)
    assert {one.kind for one in found.meanings} == {"same"}
    assert (found.golden, found.reasked, found.neighbours) == (None, (), None)


def test_a_change_is_followed_to_the_answers_that_rest_on_it(asked: Shop) -> None:
    before, tick = f"@{asked.tick}", asked.tick
    asked.bring("returns.md", "# Returns\n\nShoes that you wore once can never be returned.\n")
    done = asked.tick
    found = look(asked, before)
    assert (found.changed, found.added) == (1, 0)
    assert found.resting >= 5
    told = {one.question: one for one in found.reasked}
    assert told[SHOES].changed
    assert "never" in told[SHOES].now
    assert asked.tick == done > tick, "nothing is recorded"


def test_what_contradicts_a_passage_is_found(asked: Shop) -> None:
    before = f"@{asked.tick}"
    asked.bring("stores.md", RIVAL)
    (collision,) = look(asked, before, decisions=0).collisions
    assert collision.kind == "number"
    assert set(collision.paths) == {"returns.md", "stores.md"}


def test_questions_far_from_everything_are_named(asked: Shop) -> None:
    found = look(asked, "head", decisions=0)
    assert found.unanswerable == ("Which orchestra played Mahler yesterday evening?",)
