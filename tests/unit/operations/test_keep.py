from __future__ import annotations

import json

import pytest

from holdfast.errors import StateError
from holdfast.operations.erase.erase import Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.watch.observations import Observations
from holdfast.operations.watch.scoring import Scoring
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.ports.ledger import Query
from tests.support.project import SHOES, Shop

MAIL, CARD = "ann@mail.example", "4111 1111 1111 1111"
ASKED = f"Can I return shoes? I am {MAIL} and paid with {CARD}."
REDACT = '[privacy]\nredact = ["email", "card"]\n'


def recorded(shop: Shop) -> str:
    """Everything that is on the ledger."""
    return "\n".join(
        f"{commit} {entry.key} {json.dumps(entry.value)}"
        for commit, entry in shop.parts.ledger.history(Query())
    )


def unguarded(shop: Shop, toml: str) -> None:
    """Answers as the documents have them: the guard of a new project redacts them itself."""
    shop.configure(toml)
    (shop.root / "policies.toml").write_text("")
    shop.project.deploy()
    shop.bring("help.md", f"# Help\n\nWrite to {MAIL} for help with lost parcels.")


def test_keys_and_cards_go_unless_told_otherwise(shop: Shop) -> None:
    made = shop.ask(f"{ASKED} My key is sk-proj-0123456789abcdefghij.")
    kept = shop.project.decision(made.id)
    assert kept.question == (
        f"Can I return shoes? I am {MAIL} and paid with [card]. My key is [key]."
    )
    assert kept.redacted == made.redacted == {"question": {"card": 1, "key": 1}}
    assert kept.stamp.missing == ("redacted words",)


def test_nothing_of_it_is_recorded_and_who_asked_is_answered_in_full(shop: Shop) -> None:
    unguarded(shop, REDACT)
    before = recorded(shop)
    assert MAIL not in before
    made = shop.ask("Where do I write for help with lost parcels?", session="s-1")
    assert MAIL in made.answer
    shop.ask(ASKED, session="s-1")
    question = Question(
        SHOES,
        "production",
        session=MAIL,
        history=(Turn(ASKED, "Yes."),),
        metadata={"user": MAIL, "note": CARD},
    )
    own = shop.project.decide(question)
    shop.project.feedback(made.id, "correct", correction=f"Write to {MAIL}.")
    Scoring(shop.system).label(made.id, "bad", note=CARD)
    shop.project.datasets.add(made.id)
    text = recorded(shop) + "".join(
        shop.parts.blobs.get(name).decode() for name in shop.parts.blobs.digests()
    )
    assert MAIL not in text
    assert CARD not in text
    assert "[email]" in text
    kept = shop.project.decision(own.id)
    assert kept.session == kept.metadata["user"]
    assert kept.session.startswith("email-")
    assert kept.metadata["note"] == "[card]"


def test_what_was_redacted_is_not_cached(shop: Shop) -> None:
    shop.ask(ASKED)
    assert shop.ask(ASKED).stamp.cache is None
    shop.ask(SHOES)
    assert shop.ask(SHOES).stamp.cache


def test_a_redacted_answer_is_compared_as_it_was_recorded(shop: Shop) -> None:
    unguarded(shop, REDACT)
    made = shop.ask("Where do I write for help with lost parcels?")
    replay = shop.project.replay(made.id)
    assert replay.identical
    assert "[email]" in replay.recorded
    assert replay.complete


def test_a_redacted_question_cannot_be_compared_and_replay_says_so(shop: Shop) -> None:
    made = shop.ask(ASKED)
    replay = shop.project.replay(made.id)
    assert not replay.identical
    assert not replay.complete
    unknown = {stage.name: stage.detail for stage in replay.stages if not stage.comparable}
    assert unknown["answer"] == "not compared: 1 card redacted from what was asked"
    assert "retrieval" in unknown
    assert all(stage.identical for stage in replay.stages if stage.comparable)


def test_an_erased_turn_cannot_be_compared_and_replay_says_so(shop: Shop) -> None:
    first = shop.ask(SHOES, session="s-1")
    second = shop.ask("And for how long?", session="s-1")
    Erasures(shop.system).erase(Subject.of(decision=first.id))
    replay = shop.project.replay(second.id)
    details = {stage.name: stage.detail for stage in replay.stages if not stage.comparable}
    assert "was erased (e-" in details["memory"]


def test_a_user_is_erased_by_the_name_that_stands_for_theirs(shop: Shop) -> None:
    shop.configure(REDACT)
    made = shop.project.decide(Question(SHOES, "production", metadata={"user": MAIL}))
    shop.configure("")
    assert Erasures(shop.system).erase(Subject.of(user=MAIL)).decisions == 1
    assert shop.project.decision(made.id).question == "[erased]"


def test_without_capture_no_text_is_recorded(shop: Shop) -> None:
    shop.configure("[privacy]\ncapture = false\n")
    made = shop.ask(SHOES, session="s-1")
    assert "30 days" in made.answer
    shop.ask("And boots?", session="s-1")
    shop.project.feedback(made.id, "correct", correction="Within a month.")
    text = recorded(shop)
    assert SHOES not in text
    assert made.answer not in text
    assert "Within a month" not in text
    kept = shop.project.decision(made.id)
    assert (kept.question, kept.answer) == ("[not kept]", "[not kept]")
    assert kept.withheld["answer"]["characters"] == len(made.answer)
    assert kept.stamp.missing == ("text",)
    assert kept.stamp.hits == made.stamp.hits
    assert shop.project.entries("memory") == []
    assert shop.project.entries("cache") == []
    with pytest.raises(StateError, match=r"was not kept \(privacy.capture is off\)"):
        shop.project.replay(made.id)
    with pytest.raises(StateError, match="a case needs a question"):
        shop.project.datasets.add(made.id)
    assert Scoring(shop.system).recent(everything=True).scores == 0
    observed = Observations(shop.system)
    facts = {fact.decision: fact for fact in observed.facts(None, observed.span(None))}
    assert facts[made.id].length == len(made.answer)
    assert not facts[made.id].refused
    assert observed.status().groups
