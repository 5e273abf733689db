from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.observation.answers import Answer, UsualAnswers
from holdfast.observation.probe import parse
from holdfast.observation.vigil import Judging, Vigil

EMBEDDER = WordLlamaEmbedder()
PROBE = parse('[probes.a]\nquestion = "May I return shoes?"').named("a")
THRESHOLD = 10 * PROBE.rounds_a_year / 0.5
"""Ten probes every quarter of an hour, and one false page in two years."""
USUAL = {
    "Shoes can be returned within 30 days.": 0.6,
    "Yes, you may return shoes within 30 days if you bring the receipt.": 0.25,
    "Shoes that were worn cannot be returned.": 0.1,
    "I am not sure; please ask in a shop.": 0.05,
}
WRONG = {"Shoes can be returned within 90 days.": 1.0}


class Model:
    """Answers as often as it is told, in about the same time."""

    def __init__(self, seed: int, model: str = "m fp1") -> None:
        self.random = random.Random(seed)
        self.model = model
        self.evidence = ("a", "b", "c")

    def answers(self, n: int, said: dict[str, float]) -> list[Answer]:
        texts = self.random.choices(list(said), list(said.values()), k=n)
        return [
            Answer(text, "answered", self.random.lognormvariate(0, 0.3), self.model, self.evidence)
            for text in texts
        ]

    def draws(self) -> Iterator[float]:
        while True:
            yield self.random.random()


class Watching:
    """A probe's baseline and where it stands."""

    def __init__(self, seed: int) -> None:
        self.model = Model(seed)
        baseline = self.model.answers(PROBE.baseline, USUAL)
        self.usual = UsualAnswers.of(baseline, embedder=EMBEDDER)
        self.vigil = Vigil.of(self.usual)
        self.now = 0

    def round(self, said: dict[str, float]) -> tuple[str, ...]:
        self.now += PROBE.period
        judging = Judging(self.usual, THRESHOLD, PROBE.overlap, self.now, self.model.draws())
        answers = self.model.answers(PROBE.samples, said)
        self.vigil = self.vigil.update(answers, judging=judging)
        return self.vigil.moved

    def until(self, said: dict[str, float], *, most: int, moved: bool) -> int:
        """Rounds until something has moved, or nothing any more."""
        return next((n for n in range(1, most + 1) if bool(self.round(said)) == moved), most + 1)


@pytest.mark.parametrize("seed", range(5))
def test_five_hundred_rounds_without_a_change_page_nobody(seed: int) -> None:
    watching = Watching(seed)
    assert [watching.round(USUAL) for _ in range(500)] == [()] * 500
    assert watching.until(WRONG, most=5, moved=True) <= 5


@pytest.mark.parametrize("seed", range(8))
def test_other_answers_are_noticed_soon_after_the_baseline(seed: int) -> None:
    watching = Watching(seed)
    for _ in range(4):
        watching.round(USUAL)
    assert watching.until(WRONG, most=8, moved=True) <= 8
    assert watching.vigil.moved == ("answers",)


def test_half_of_the_answers_are_enough() -> None:
    watching = Watching(1)
    for _ in range(100):
        watching.round(USUAL)
    half = {**{text: share / 2 for text, share in USUAL.items()}, "Ninety days.": 0.5}
    assert watching.until(half, most=15, moved=True) <= 15


def test_an_alarm_ends_when_answers_are_as_before() -> None:
    watching = Watching(0)
    watching.until(WRONG, most=30, moved=True)
    assert all(watching.round(WRONG) for _ in range(20)), "it goes on while they are wrong"
    assert watching.until(USUAL, most=40, moved=False) <= 40
    assert [watching.round(USUAL) for _ in range(50)] == [()] * 50
    assert watching.until(WRONG, most=8, moved=True) <= 8, "and comes again"


def test_another_model_or_other_evidence_is_told_of_when_it_lasts() -> None:
    watching = Watching(0)
    watching.model.model = "m fp2"
    assert watching.round(USUAL) == ()
    assert watching.round(USUAL) == ("model",)
    watching.model.model = "m fp1"
    assert watching.round(USUAL) == ()
    watching.model.evidence = ("x", "y", "c")
    assert [watching.round(USUAL) for _ in range(2)] == [(), ("evidence",)]


def test_a_round_without_answers_says_nothing() -> None:
    watching = Watching(0)
    judging = Judging(watching.usual, THRESHOLD, 0.5, 1, watching.model.draws())
    assert watching.vigil.update([], judging=judging) == watching.vigil


def test_it_comes_back_from_json_as_it_was() -> None:
    watching = Watching(0)
    watching.until(WRONG, most=30, moved=True)
    assert Vigil.from_json(watching.vigil.json()) == watching.vigil
