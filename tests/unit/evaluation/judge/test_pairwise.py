from __future__ import annotations

import json

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.evaluation.judge.pairwise import compare
from tests.support.judge import panel


def pairs(count: int = 40, better: int = 30) -> list[tuple[Case, Output, Output]]:
    """The candidate is better in so many of the cases."""
    made = []
    for n in range(count):
        words = ("good", "bad") if n < better else ("bad", "good")
        outputs = (Output(f"c{n}", 0, f"{n} {word}", "answered") for word in words)
        made.append((Case(f"c{n}", "q"), *outputs))
    return made


def says(better: str) -> str:
    return json.dumps({"reason": "so", "better": better})


def honest(shown: str) -> str:
    first = shown.split("<first>")[1].split("</first>", maxsplit=1)[0]
    return says("first" if "good" in first else "second")


def test_a_judge_that_reads_finds_the_better_run(tmp_path) -> None:
    judge = panel(tmp_path, honest, kind="pair")
    found = compare(judge, pairs())
    assert (found.wins, found.losses, found.split) == (30, 10, 0)
    assert (found.rate.estimate, found.first.estimate) == (0.75, 0.5)
    assert found.p_value < 0.01
    assert judge.spent.asked == 80
    assert found.pairs[0].better == "candidate"


def test_a_judge_that_follows_the_position_decides_nothing(tmp_path) -> None:
    found = compare(panel(tmp_path, lambda _: says("first"), kind="pair"), pairs())
    assert (found.wins, found.losses, found.split) == (0, 0, 40)
    assert (found.rate.estimate, found.first.estimate, found.p_value) == (0.5, 1.0, 1.0)


def test_the_same_answer_is_a_tie_that_nobody_is_asked_about(tmp_path) -> None:
    judge = panel(tmp_path, honest, kind="pair")
    same = [(case, output, output) for case, output, _ in pairs()]
    found = compare(judge, same)
    assert (found.ties, found.first, judge.spent.asked) == (40, None, 0)


@pytest.mark.parametrize(("reply", "name"), [(says("unknown"), "open"), ("first", "failed")])
def test_what_was_not_decided_is_counted_apart(tmp_path, reply, name) -> None:
    def half(shown: str) -> str:
        return honest(shown) if "<first>1 " in shown else reply

    judge = panel(tmp_path, half, kind="pair", attempts=1)
    found = compare(judge, pairs())
    assert getattr(found, name) == 39
    assert (found.wins, found.losses, found.rate.estimate, found.rate.n) == (1, 0, 1.0, 1)
    broken = next(pair for pair in found.pairs if pair.case == "c2")
    assert bool(broken.error) == (name == "failed")
