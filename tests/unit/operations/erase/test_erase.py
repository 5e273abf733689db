from __future__ import annotations

import json
from errno import ENOSPC

import pytest

from holdfast.errors import NotFoundError, StateError, UsageError
from holdfast.observation.sampling import Plan, picks
from holdfast.operations.erase.erase import BEGUN, DONE, Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.evaluate.dataset import Known
from holdfast.operations.log import log
from holdfast.operations.verify.verify import verify
from holdfast.operations.watch.observations import Observations
from holdfast.operations.watch.question import Questions
from holdfast.operations.watch.scoring import Scoring
from holdfast.pipeline.question import Question
from holdfast.ports.ledger import Query
from holdfast.store.ledger import chain
from tests.support.project import SHOES, STUDENTS, Shop

SECRET = "Can I return shoes? My name is Gwendolyn Featherstonehaugh of Tobermory."
WORD = "Featherstonehaugh"


def told(shop: Shop) -> list[str]:
    """Everything that stands on the ledger or in a blob, as text."""
    blobs = [shop.parts.blobs.get(name).decode() for name in shop.parts.blobs.digests()]
    history = shop.parts.ledger.history(Query())
    values = [f"{commit} {json.dumps(entry.value)}" for commit, entry in history]
    return [text for text in (*blobs, *values) if WORD in text]


def talk(shop: Shop) -> tuple[str, str]:
    """A conversation with everything that can come of a decision, and one of somebody else."""
    other = shop.ask(STUDENTS, session="s-2")
    mine = shop.ask(SECRET, session="s-1")
    shop.ask("And for how long?", session="s-1")
    shop.project.feedback(mine.id, "correct", correction=f"Yes, Ms {WORD}, within 30 days.")
    shop.project.datasets.add(mine.id, known=Known(facts=(f"{WORD} may",)))
    shop.project.datasets.add(other.id)
    Scoring(shop.system).recent(everything=True)
    Scoring(shop.system).label(mine.id, "bad", note=f"{WORD} called")
    return mine.id, other.id


def test_nothing_of_a_session_is_left_and_the_ledger_verifies(shop: Shop) -> None:
    mine, other = talk(shop)
    before = len(shop.project.entries("memory"))
    assert told(shop)
    plan = Erasures(shop.system).plan(Subject.of(session="s-1"))
    assert (plan.decisions, plan.values["memory"], plan.cases) == (2, 2, {"golden": 1})
    assert told(shop)

    done = Erasures(shop.system).erase(Subject.of(session="s-1"), reason="asked by letter")
    assert (done.status, done.decisions, done.values) == (DONE, 2, plan.values)
    assert told(shop) == []
    found = chain.verify(shop.parts.ledger)
    assert found.erased == sum(plan.values.values())
    looked = verify(shop.system)
    assert looked.sound
    assert "erased on request" in looked.checks[0].detail
    assert len(shop.project.entries("memory")) == before - 2
    assert shop.project.decision(other).question == STUDENTS
    assert shop.project.replay(other).identical
    assert [case.decision for case in shop.project.datasets.load("golden").cases] == [other]
    assert shop.project.decision(mine).question == "[erased]"


def test_every_reader_says_that_the_text_is_gone(shop: Shop) -> None:
    mine, _ = talk(shop)
    observed = Observations(shop.system)
    was = {fact.decision: fact for fact in observed.facts(None, observed.span(None))}
    Erasures(shop.system).erase(Subject.of(decision=mine))
    with pytest.raises(StateError, match=r"was erased \(e-"):
        shop.project.replay(mine)
    with pytest.raises(StateError, match="a case needs a question"):
        shop.project.datasets.add(mine)
    shown = shop.project.show(mine).value
    assert shown["answer"] == "[erased]"
    assert "text" in shown["stamp"]["missing"]
    assert shown["withheld"]["question"] == {"characters": len(SECRET)}
    lines = [line.about for line in log(shop.parts.ledger, Query(newest_first=True))]
    assert "[erased]" in lines
    answer = Questions(shop.system).decisions(f"id = '{mine}'")
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert (row["question"], row["answer"]) == ("[erased]", "[erased]")
    facts = {fact.decision: fact for fact in observed.facts(None, observed.span(None))}
    assert (facts[mine].length, facts[mine].cost) == (was[mine].length, was[mine].cost)
    assert (facts[mine].told, facts[mine].outcome) == (False, "")
    assert mine not in {pick.fact.decision for pick in picks(facts.values(), Plan(1.0))}


def test_a_session_goes_on_without_what_was_erased(shop: Shop) -> None:
    talk(shop)
    Erasures(shop.system).erase(Subject.of(session="s-1"))
    again = shop.ask(SHOES, session="s-1")
    assert again.stamp.memory == ()
    assert shop.project.replay(again.id).identical


def test_a_cached_answer_is_not_given_again(shop: Shop) -> None:
    first = shop.ask(SECRET)
    assert shop.ask(SECRET).stamp.cache
    Erasures(shop.system).erase(Subject.of(decision=first.id))
    assert shop.ask(SECRET).stamp.cache is None


def test_a_user_is_found_by_what_the_application_called_them(shop: Shop) -> None:
    question = Question(SECRET, "production", metadata={"user": "u-17", "slice": "shoes"})
    mine = shop.project.decide(question)
    shop.ask(STUDENTS)
    done = Erasures(shop.system).erase(Subject.of(user="u-17"))
    assert done.decisions == 1
    decision = shop.project.decision(mine.id)
    assert decision.metadata == {"slice": "shoes"}
    assert told(shop) == []
    assert "u-17" not in str([e.value for _, e in shop.parts.ledger.history(Query())])


def test_who_is_not_there_cannot_be_erased(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="nothing of session 's-9'"):
        Erasures(shop.system).erase(Subject.of(session="s-9"))
    with pytest.raises(UsageError, match="a session, a user or a decision"):
        Subject.of(session="a", user="b")
    with pytest.raises(UsageError, match="lone surrogate"):
        Subject.of(user="\ud800")
    with pytest.raises(NotFoundError, match="e-9"):
        Erasures(shop.system).find("e-9")


def test_what_was_stopped_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, _ = talk(shop)
    room = Erasures(shop.system)

    def full(*_: object) -> None:
        raise OSError(ENOSPC, "no space left")

    monkeypatch.setattr(shop.parts.blobs, "drop", full)
    with pytest.raises(OSError, match="no space"):
        room.erase(Subject.of(decision=mine))
    assert [one.status for one in room.all()] == [BEGUN]
    assert told(shop)
    looked = verify(shop.system)
    assert looked.sound
    assert "holdfast erase --resume" in looked.checks[0].detail
    monkeypatch.undo()
    assert [one.status for one in room.resume()] == [DONE]
    assert told(shop) == []
    assert room.resume() == []


def test_files_can_be_left_for_a_quiet_hour(shop: Shop) -> None:
    mine, _ = talk(shop)
    room = Erasures(shop.system)
    assert room.erase(Subject.of(decision=mine), defer=True).status == BEGUN
    assert shop.project.decision(mine).question == "[erased]"
    assert "erase --resume" in verify(shop.system).checks[0].detail
    assert [one.status for one in room.resume()] == [DONE]
    assert told(shop) == []


def test_a_later_erasure_changes_nothing_of_an_earlier_one(shop: Shop) -> None:
    mine, _ = talk(shop)
    room = Erasures(shop.system)
    room.erase(Subject.of(decision=mine))
    room.erase(Subject.of(session="s-1"))
    assert [one.decisions for one in room.all()] == [2, 1]
    assert chain.verify(shop.parts.ledger).erased == sum(
        sum(one.values.values()) for one in room.all()
    )
    assert verify(shop.system).sound
