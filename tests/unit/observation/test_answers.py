from __future__ import annotations

import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.errors import UsageError
from holdfast.observation.answers import Answer, UsualAnswers

EMBEDDER = WordLlamaEmbedder()
GOOD = ("Shoes can be returned within 30 days.", "You may return shoes within 30 days.")


def answer(text: str, **changes: object) -> Answer:
    fields: dict[str, object] = {
        "status": "answered", "seconds": 1.0, "model": "m fp", "evidence": ("a", "b", "c")
    }  # fmt: skip
    return Answer(text, **{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def usual() -> UsualAnswers:
    return UsualAnswers.of([answer(GOOD[n % 2]) for n in range(60)], embedder=EMBEDDER)


def test_what_is_usual_is_not_strange(usual: UsualAnswers) -> None:
    strange = usual.strangeness([answer(GOOD[0])])
    assert {name: values[0] < 0.6 for name, values in strange.items()} == dict.fromkeys(
        ("meaning", "manner", "length", "latency"), True
    )
    assert usual.unusual(strange) == [()]


@pytest.mark.parametrize(
    ("changed", "aspect"),
    [
        (answer("Shoes can be returned within 90 days."), "meaning"),
        (answer("I'm sorry, but I cannot help with that."), "manner"),
        (answer("Sie können die Schuhe mit der Rechnung nicht zurückgeben."), "manner"),
        (answer(GOOD[0] * 9), "length"),
    ],
)
def test_what_changed_is_named(usual: UsualAnswers, changed: Answer, aspect: str) -> None:
    assert aspect in usual.unusual(usual.strangeness([changed]))[0]


def test_every_wording_of_a_meaning_is_known() -> None:
    wordings = ("Within 30 days.", "You have 30 days to return them.", "Yes, for 30 days.")
    usual = UsualAnswers.of([answer(wordings[n % 3]) for n in range(45)], embedder=EMBEDDER)
    strange = usual.strangeness([answer(text) for text in (*wordings, "You have 60 days.")])
    assert max(strange["meaning"][:3]) < 1 == strange["meaning"][3]


def test_latency_counts_in_doublings(usual: UsualAnswers) -> None:
    slow = [answer(GOOD[0], seconds=seconds) for seconds in (1.5, 2.5, 0.2, 9.0)]
    assert usual.strangeness(slow)["latency"] == [0, 1, 0, 3]


def test_the_best_passages_count_most(usual: UsualAnswers) -> None:
    assert usual.overlap(("a", "b", "c")) == 1
    assert usual.overlap(("a", "b", "x")) > usual.overlap(("x", "b", "c")) > 0
    assert usual.overlap(("c", "b", "a")) < 1, "another order is another ranking"
    assert usual.overlap(()) == 0


def test_few_answers_are_no_baseline() -> None:
    with pytest.raises(UsageError, match="3 answers are no baseline"):
        UsualAnswers.of([answer("x")] * 3, embedder=EMBEDDER)
