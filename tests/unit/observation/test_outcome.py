from __future__ import annotations

from dataclasses import dataclass

import pytest

from holdfast.observation.outcome import outcomes


@dataclass(frozen=True)
class Said:
    decision: str
    at: int
    session: str
    question: str
    status: str = "answered"
    refused: bool = False
    told: bool = True


def test_what_came_next_is_told_by_the_next_question() -> None:
    said = [
        Said("a", 1, "s", "What is the delivery fee?"),
        Said("b", 2, "s", "The delivery fee, what is it?"),
        Said("c", 3, "s", "Thanks! Do students get a discount?"),
        Said("d", 4, "s", "How do I return boots?"),
        Said("e", 5, "s", "I want to talk to a human."),
    ]
    assert outcomes(said) == {
        "a": "rephrased", "b": "thanked", "c": "went on", "d": "escalated", "e": "last",
    }  # fmt: skip


def test_a_conversation_that_ends_unhelped_was_given_up() -> None:
    said = [
        Said("a", 1, "s", "What is the delivery fee?"),
        Said("b", 2, "s", "What's the delivery fee?"),
        Said("c", 3, "t", "Is the shop open?", refused=True),
        Said("d", 4, "u", "Is the shop open?", status="failed"),
        Said("e", 5, "v", "Is the shop open?"),
    ]
    found = outcomes(said)
    assert [found[name] for name in "bcde"] == ["gave up", "gave up", "gave up", "last"]


def test_sessions_are_apart_and_a_decision_without_one_says_nothing() -> None:
    said = [
        Said("b", 2, "t", "What is the fee?"),
        Said("a", 1, "s", "What is the fee?"),
        Said("c", 3, "", "I want to talk to a human."),
    ]
    assert outcomes(said) == {"a": "last", "b": "last", "c": ""}


@pytest.mark.parametrize("words", ["Thanks for nothing, that is wrong", "I meant boots, not shoes"])
def test_a_doubt_is_no_new_question(words) -> None:
    said = [Said("a", 1, "s", "May I return shoes?"), Said("b", 2, "s", words)]
    assert outcomes(said)["a"] in ("rephrased", "thanked")


def test_what_followed_a_text_that_is_gone_is_not_known() -> None:
    said = [
        Said("a", 1, "s", "[erased]", told=False),
        Said("b", 2, "s", "[erased]", told=False),
        Said("c", 3, "s", "Is the shop open?"),
    ]
    assert outcomes(said) == {"a": "", "b": "", "c": "last"}
