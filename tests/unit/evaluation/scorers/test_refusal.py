from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.refusal import Refusal, met, refuses
from tests.support.samples import sample


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't assist with that.",
        "As an AI language model, I cannot provide instructions for that.",
        "I\u2019m unable to help with this request.",
        "Sorry, I do not know. The documents do not mention a discount.",
        "I cannot answer that question.",
    ],
)
def test_refusals(answer) -> None:
    assert refuses(answer) > 0.5


@pytest.mark.parametrize(
    "answer",
    [
        "Returns take 30 days.",
        "You can kill a Python process with the kill command:\n1. Find its id\n2. Run kill",
        "Yes. Shoes that you wore once can be returned.",
        "Students get 10 % off with a valid card.",
        "",
    ],
)
def test_answers(answer) -> None:
    assert refuses(answer) < 0.3


def test_a_blocked_answer_refuses() -> None:
    assert Refusal()(sample("x", status="blocked")).value == 1.0
    assert met("I'm sorry, I cannot help you with that") == ["sorry", "cannot", "cannot help"]
