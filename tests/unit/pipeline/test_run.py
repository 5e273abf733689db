from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import EmbedderMismatchError
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.model import Message
from tests.support.project import SHOES, STUDENTS, Parts, Script, Shop, made


@pytest.fixture
def scripted(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop", Parts(model=Script(lambda _: "Sure. Come in.")))


def work(shop: Shop, question: Question, *, stream: bool = False) -> list[str | Draft]:
    runtime: Runtime = shop.project.runtime(shop.project.deployed())
    return list(
        run(
            question,
            runtime=runtime,
            view=shop.system.view("production"),
            search=shop.system.search(runtime.space),
            clock=shop.system.clock,
            stream=stream,
        )
    )


def prompt(shop: Shop) -> tuple[Message, ...]:
    return shop.parts.model.calls[-1]


def test_an_answer_comes_once_and_then_its_draft(scripted: Shop) -> None:
    text, draft = work(scripted, Question(SHOES, "production", id="d-1"))
    assert (text, draft.decision.answer, draft.decision.id) == (
        "Sure. Come in.",
        "Sure. Come in.",
        "d-1",
    )
    assert draft.decision.at > 0
    assert draft.cache_key.startswith(scripted.project.deployed())


def test_the_model_is_given_passages_history_and_instructions(scripted: Shop) -> None:
    history = (Turn("Do you sell boots?", "We do."),)
    work(
        scripted,
        Question(SHOES, "production", history=history, instructions="Be brief."),
    )
    system, user = prompt(scripted)
    assert "Be brief." in system.content
    assert "Do you sell boots?" in user.content
    assert "We do." in user.content
    assert user.content.count("<passage ") == 3
    assert user.content.strip().endswith(SHOES)


def test_turns_that_are_given_stand_instead_of_those_remembered(scripted: Shop) -> None:
    scripted.ask(STUDENTS, session="s1")
    *_, draft = work(scripted, Question(SHOES, "production", session="s1", history=()))
    assert draft.decision.stamp.memory == ()
    assert STUDENTS not in prompt(scripted)[-1].content
    assert draft.decision.metadata == {"history": []}


def test_a_short_follow_up_is_searched_with_the_question_before_it(scripted: Shop) -> None:
    history = (Turn(STUDENTS, "10 %."),)
    *_, alone = work(scripted, Question("And me?", "production"))
    *_, after = work(scripted, Question("And me?", "production", history=history))
    assert after.decision.stamp.hits != alone.decision.stamp.hits
    assert after.passages[0].title == "Discounts"


def test_other_words_before_it_make_it_another_question(scripted: Shop) -> None:
    keys = {
        work(scripted, question)[-1].cache_key
        for question in (
            Question(SHOES, "production"),
            Question(SHOES, "production", instructions="Be brief."),
            Question(SHOES, "production", history=(Turn(STUDENTS, "10 %."),)),
            Question(SHOES, "production", history=(Turn(STUDENTS, "20 %."),)),
            Question(SHOES, "production", overrides={"temperature": 0.5}),
            Question(f"Hello! {SHOES}", "production"),
        )
    }
    assert len(keys) == 5


def test_sampling_is_the_releases_unless_given(scripted: Shop) -> None:
    asked = Question(SHOES, "production", overrides={"temperature": 0.5, "max_tokens": 9}, seed=3)
    *_, draft = work(scripted, asked)
    assert draft.decision.stamp.sampling == {
        "temperature": 0.5,
        "top_p": 1.0,
        "max_tokens": 9,
        "seed": 3,
    }


def test_another_space_than_the_releases_is_refused(scripted: Shop) -> None:
    runtime = scripted.project.runtime(scripted.project.deployed())
    other = replace(runtime.space, embedder="0" * 64)
    with pytest.raises(EmbedderMismatchError):
        list(
            run(
                Question(SHOES, "production"),
                runtime=runtime,
                view=scripted.system.view("production"),
                search=scripted.system.search(other),
                clock=scripted.system.clock,
            )
        )


def test_without_documents_the_answer_says_so(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    shop.project.remove(["returns.md", "discounts.md", "shipping.md"])
    decision = shop.ask(SHOES)
    assert decision.answer == "The documents do not say."
    assert (decision.stamp.hits, decision.stamp.used, decision.stamp.cache) == ((), 0, None)
    assert not shop.project.entries("cache")
    assert decision.stamp.complete
