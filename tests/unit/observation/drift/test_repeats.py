from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from holdfast.observation.drift.repeats import Repeats
from holdfast.observation.drift.seen import Found, Seen
from tests.support.seen import embed, seen

QUESTIONS = [f"{name} {n}?" for name in ("shoes", "delivery", "students") for n in range(4)]
Say = Callable[[np.random.Generator], str]


def usually(rng: np.random.Generator) -> str:
    """A model at a temperature: one answer in five is another."""
    return "shoes yes" if rng.random() < 0.8 else "delivery yes"


def differently(rng: np.random.Generator) -> str:
    return "shoes yes" if rng.random() < 0.3 else "vouchers yes"


def rows(n: int, *, say: Say = usually, seed: int = 0, shares: Sequence[float] = ()) -> list[Seen]:
    rng = np.random.default_rng(seed)
    asked = rng.choice(len(QUESTIONS), size=n, p=shares or None)
    return [seen(1000 * seed + i, QUESTIONS[q], say(rng)) for i, q in enumerate(asked)]


def repeats(known: list[Seen], name: str = "answer.change") -> Repeats:
    return Repeats(name, known, embed=embed)


def test_what_answers_always_varied_is_no_change() -> None:
    known = repeats(rows(120))
    told = []
    for seed in range(1, 41):
        later = rows(40, seed=seed)
        judged = known.judge(later, alarm_rate=0.05)
        assert judged is not None
        told.append(judged[0].p_value)
    assert known.questions == len(QUESTIONS)
    assert np.mean(np.array(told) <= 0.05) <= 0.1
    fed = known.copy()
    fed.feed([row for seed in range(1, 6) for row in rows(40, seed=seed)])
    assert fed.value < 20
    assert known.value == 1.0


def test_other_answers_are_a_change() -> None:
    known = repeats(rows(120))
    later = rows(40, say=differently, seed=1)
    judged = known.judge(later, alarm_rate=0.01)
    assert judged is not None
    told, said = judged
    assert told.p_value == 0.001
    assert told.effect == pytest.approx(0.7, abs=0.15)
    assert said.startswith("of 40 of 11 questions that recur ")
    assert "mean something else" in said
    known.feed(later)
    assert known.value > 50


def test_other_questions_are_none() -> None:
    """One question is noisy, and is suddenly asked by everybody."""

    def answers(n: int, shares: Sequence[float], seed: int) -> list[Seen]:
        rng = np.random.default_rng(seed)
        asked = rng.choice(len(QUESTIONS), size=n, p=shares)
        says = ["shoes yes" if q or rng.random() < 0.5 else "delivery yes" for q in asked]
        return [seen(1000 * seed + i, QUESTIONS[q], says[i]) for i, q in enumerate(asked)]

    even = [1 / 12] * 12
    known = repeats(answers(240, even, 0))
    later = answers(60, [0.78, *([0.02] * 11)], 1)
    judged = known.judge(later, alarm_rate=0.01)
    assert judged is not None
    assert judged[0].p_value > 0.05
    known.feed(later)
    assert known.value < 20


def test_an_answer_from_the_cache_says_nothing() -> None:
    cached = [replace(row, fact=replace(row.fact, cached=True)) for row in rows(60)]
    assert repeats(cached).questions == 0
    known = repeats(rows(120))
    assert known.judge(cached, alarm_rate=0.01) is None
    known.feed(cached)
    assert known.value == 1.0


def test_erased_and_unknown_questions_are_left_out() -> None:
    known = repeats(rows(120))
    erased = [replace(row, fact=replace(row.fact, told=False)) for row in rows(40, seed=1)]
    assert known.judge([*erased, seen(1, "vouchers?")], alarm_rate=0.01) is None
    assert known.odd(erased).tolist() == [-1] * 40


def test_a_question_in_other_words_is_the_same() -> None:
    known = repeats(rows(120))
    said = [seen(n, " Hello, SHOES  1 ", "vouchers yes") for n in range(8)]
    judged = known.judge(said, alarm_rate=0.01)
    assert judged is not None
    assert judged[0].p_value < 0.01
    assert known.odd(said).tolist() == [1] * 8
    assert known.odd(rows(120)).mean() < 0.4


@pytest.mark.parametrize(
    ("name", "found", "moved"),
    [
        ("retrieval.churn", "abc", False),
        ("retrieval.churn", "bca", True),
        ("retrieval.overlap", "bca", False),
        ("retrieval.overlap", "xyz", True),
    ],
)
def test_passages_of_questions_that_recur(name: str, found: str, *, moved: bool) -> None:
    def with_passages(some: list[Seen], chunks: str) -> list[Seen]:
        hits = tuple(Found(chunk, "a.md", 0.5, 1.0) for chunk in chunks)
        return [replace(row, found=hits) for row in some]

    known = repeats(with_passages(rows(120), "abc"), name)
    later = with_passages(rows(40, seed=1), found)
    judged = known.judge(later, alarm_rate=0.01)
    assert judged is not None
    assert (judged[0].p_value < 0.01) == moved
    known.feed(later)
    assert (known.value > 20) == moved
