from __future__ import annotations

from dataclasses import replace

from holdfast.observation.measure import MEASURES
from holdfast.observation.wording import wordings
from tests.support.fact import FACT
from tests.support.project import EMBEDDER


def test_the_wording_that_does_worse_is_found() -> None:
    said = [("How do I return my shoes?", False, 40), ("How can I return shoes?", True, 20),
            ("What does express delivery cost?", False, 30)]  # fmt: skip
    facts = [
        replace(FACT, decision=f"{question}{n}", question=question, refused=refused and n % 4 > 0)
        for question, refused, times in said
        for n in range(times)
    ]
    worst, other = wordings(facts, MEASURES["resolved"], embed=EMBEDDER.embed)
    assert (worst.question, worst.bad, worst.asked) == ("How can I return shoes?", 15, 20)
    assert worst.worse
    assert not other.worse
    assert worst.intent == other.intent == "How do I return my shoes?"


def test_an_intent_asked_in_one_way_is_not_compared() -> None:
    assert wordings([FACT] * 5, MEASURES["resolved"], embed=EMBEDDER.embed) == ()
    assert wordings([], MEASURES["resolved"], embed=EMBEDDER.embed) == ()
