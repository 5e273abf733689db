from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import NotFoundError
from holdfast.operations.recover.blame import Blame, Effect, blame, distance
from holdfast.ports.model import Message
from tests.support.project import DOCUMENTS, SHOES, STUDENTS, Parts, Script, Shop, made


def asked(shop: Shop, decision: str) -> Blame:
    return blame(shop.system, decision, runtimes=shop.project.runtime)


def first(found: Blame, kind: str) -> Effect:
    return next(effect for effect in found.effects if effect.kind == kind)


def test_the_document_that_an_answer_repeats_comes_first(shop: Shop) -> None:
    decision = shop.ask(STUDENTS)
    tick = shop.tick
    found = asked(shop, decision.id)
    assert shop.tick == tick, "nothing is recorded"
    assert found.same
    assert found.answer == decision.answer
    top = found.effects[0]
    assert (top.kind, top.name, top.changed) == ("document", "discounts.md", True)
    assert top.effect > 0.7
    assert top.lost == (decision.answer,)
    other = [e for e in found.effects if e.kind == "document" and e.name != "discounts.md"]
    assert {(effect.effect, effect.changed) for effect in other} == {(0.0, False)}
    assert [e.effect for e in found.effects] == sorted(e.effect for e in found.effects)[::-1]
    assert found.answers == 1 + len(found.effects)


def test_an_answer_from_the_cache_is_taken_apart_all_the_same(shop: Shop) -> None:
    shop.ask(STUDENTS)
    decision = shop.ask(STUDENTS)
    assert decision.stamp.cache
    assert asked(shop, decision.id).effects[0].name == "discounts.md"


def test_a_document_of_a_time_that_was_rolled_back(shop: Shop) -> None:
    shop.bring("promo.md", "# Weekend\n\nThis weekend students get 25 % off everything.\n")
    decision = shop.ask(STUDENTS)
    assert "25 %" in decision.answer
    shop.project.rollback("@5")
    effects = {e.name: e for e in asked(shop, decision.id).effects if e.kind == "document"}
    assert effects["promo.md"].lost == ("This weekend students get 25 % off everything.",)
    assert "25 %" not in effects["promo.md"].answer


def reply(messages: tuple[Message, ...]) -> str:
    """Says what a line of the prompt orders and what the turn before said."""
    text = "\n".join(message.content for message in messages)
    polite = "You answer questions" in text
    return f"{'Certainly. ' if polite else ''}{'As before. ' if SHOES in text else ''}Ten percent."


@pytest.fixture
def scripted(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop", Parts(model=Script(reply)))


def test_a_line_of_the_prompt(scripted: Shop) -> None:
    found = asked(scripted, scripted.ask(STUDENTS).id)
    line = first(found, "prompt line")
    assert line.changed
    assert "You answer questions" in line.name
    assert line.name.startswith("answer:2")
    assert line.lost == ("Certainly.",)


def test_a_turn_of_the_conversation(scripted: Shop) -> None:
    scripted.ask(SHOES, session="s")
    decision = scripted.ask(STUDENTS, session="s")
    assert "As before." in decision.answer
    turn = first(asked(scripted, decision.id), "memory")
    assert (turn.name, turn.lost) == (SHOES, ("As before.",))


def test_feedback_that_moved_the_ranking(shop: Shop) -> None:
    toml = (shop.root / "holdfast.toml").read_text()
    toml = toml.replace("passages = 6", "passages = 1").replace("weight = 0.15", "weight = 0.5")
    shop.configure(toml)
    shop.bring("mondays.md", "# Mondays\n\nStudents get 12 % off on Mondays.\n")
    shop.project.deploy(reason="one passage")
    before = shop.ask(STUDENTS)
    for _ in range(12):
        shop.project.feedback(shop.ask(STUDENTS).id, "down")
    for _ in range(12):
        last = shop.ask(STUDENTS)
        if last.answer != before.answer:
            break
        shop.project.feedback(last.id, "down")
    assert last.answer != before.answer
    found = asked(shop, last.id)
    together = first(found, "feedback")
    assert together.changed
    assert together.answer == before.answer
    single = [effect for effect in found.effects if effect.kind == "feedback"][1:]
    assert single
    assert not all(effect.changed for effect in single), "no single one did it"


def test_a_component_that_the_release_before_had_otherwise(shop: Shop) -> None:
    rules = shop.root / "policies.toml"
    block = '\n[[rules]]\nid = "cards"\nkind = "forbidden_phrase"\nphrases = ["card"]\naction = '
    rules.write_text(rules.read_text() + block + '"block"\n')
    shop.project.deploy(reason="stricter")
    decision = shop.ask(STUDENTS)
    assert decision.status == "blocked"
    found = asked(shop, decision.id)
    names = {effect.name.split()[0].strip(",") for effect in found.effects if effect.effect == 1}
    assert "guard" in names
    before = [effect for effect in found.effects if effect.name.startswith("guard as in")]
    assert [effect.changed for effect in before] == [True]


def test_a_model_that_does_not_repeat_itself_is_said_to(tmp_path: Path) -> None:
    calls = [0]

    def another(_: tuple[Message, ...]) -> str:
        calls[0] += 1
        return f"Answer number {calls[0]}."

    shop = made(tmp_path / "shop", Parts(model=Script(another, deterministic=False)))
    assert not asked(shop, shop.ask(STUDENTS).id).same


def test_an_unknown_decision(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="d-nothing"):
        asked(shop, "d-nothing")


def test_distance_is_of_words() -> None:
    assert distance("", "") == 0.0
    assert distance("", "words") == 1.0
    assert len(DOCUMENTS) == 3
