from __future__ import annotations

import pytest

from holdfast.adapters.extractive.read import Passage, Task
from holdfast.adapters.extractive.score import Scored, score, terms
from holdfast.adapters.wordllama import WordLlamaEmbedder

EMBEDDER = WordLlamaEmbedder()


def ranked(question: str, *passages: str) -> list[Scored]:
    task = Task(question, tuple(Passage("", text) for text in passages))
    return sorted(score(task, EMBEDDER)[0], key=lambda s: -s.score)


def test_terms_are_stems_without_stop_words() -> None:
    assert terms("What are the Opening hours?") == ["open", "hour"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long are gift cards valid?", "Gift cards are valid for 36 months."),
        ("When does the shop open?", "The shop opens at 9:00."),
        ("Who founded the shop?", "The shop was founded by Mary Fell in a barn."),
        ("Can dogs come in?", "Dogs on a lead are welcome everywhere."),
        ("What is the return period?", "Unworn goods can be returned within a period of 60 days."),
    ],
)
def test_the_statement_that_answers_scores_best(question: str, answer: str) -> None:
    others = (
        "The shop sells gift cards in many colours.",
        "The shop has a door that opens to the street.",
        "Gift cards are nice. Where is the shop? The shop was founded.",
        "Our dog food is made of beef. The return was a success.",
    )
    assert ranked(question, *others, answer)[0].statement.text == answer


def test_a_statement_gains_from_the_heading_above_and_the_sentence_before() -> None:
    question = "Is the summit tent waterproof?"
    plain = ranked(question, "It keeps rain out for years.")[0].score
    headed = ranked(question, "## Summit tent\n\nIt keeps rain out for years.")[0].score
    after = {
        s.statement.text: s.score
        for s in ranked(question, "The Summit tent is light. It keeps rain out for years.")
    }
    assert headed > plain
    assert after["It keeps rain out for years."] > plain


def test_a_question_is_no_answer() -> None:
    question = "Can I return worn boots?"
    assert ranked(question, "Can I return worn boots? Worn boots can be returned.")[
        0
    ].statement.text == ("Worn boots can be returned.")


def test_scores_do_not_depend_on_chance() -> None:
    passages = ("Boots are sold here. They are made of leather.", "Tents are sold there.")
    first, second = (ranked("Where are boots sold?", *passages) for _ in range(2))
    assert first == second
    assert all(s.score == round(s.score, 6) for s in first)


def test_without_passages_there_is_nothing() -> None:
    found, vectors = score(Task("Why?", ()), EMBEDDER)
    assert found == []
    assert vectors.shape == (0, 256)
