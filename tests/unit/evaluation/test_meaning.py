from __future__ import annotations

import random

import pytest

from holdfast.evaluation.meaning import meanings
from tests.support.project import EMBEDDER


def alike(*answers: str) -> list[int]:
    return meanings(answers, embedder=EMBEDDER).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Students get 10% off.", "Students receive a discount of ten percent."),
        ("Shoes can be returned within 30 days.", "You may send shoes back for 30 days."),
        ("It costs €5.", "It costs 5 euros."),
        ("  Yes,  it is. ", "Yes, it is."),
    ],
)
def test_other_words_for_it_mean_the_same(one, other) -> None:
    assert alike(one, other) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Students get 10% off.", "Students get 90% off."),
        ("Shoes can be returned.", "Shoes cannot be returned."),
        ("It costs €5.", "It costs $5."),
        ("The shop is closed on Sunday.", "Gift cards are valid for ever."),
        ("Yes.", ""),
    ],
)
def test_another_number_a_denial_or_topic_does_not(one, other) -> None:
    assert alike(one, other) == [0, 1]


def test_the_most_common_meaning_is_0_whatever_the_order() -> None:
    answers = ["It is 3 days."] * 2 + ["It is 5 days."] * 4 + ["It takes 5 days."] + ["Never."]
    assert alike(*answers) == [1, 1, 0, 0, 0, 0, 0, 2]
    mixed = answers[:]
    random.Random(1).shuffle(mixed)
    assert sorted(alike(*mixed)) == [0] * 5 + [1] * 2 + [2]
    assert alike("a") == [0]
