from __future__ import annotations

import threading
import time

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Sample
from holdfast.errors import JudgeDownError, ProviderDownError
from tests.support.judge import on, panel, verdict


class Kept(dict):
    """A memory that lasts as long as the test."""

    def keep(self, key, value) -> None:
        self[key] = value


def sample(answer: str) -> Sample:
    return Sample(Case("a", "q"), Output("a", 0, answer, "answered"))


def test_what_was_said_is_remembered_and_what_failed_is_asked_again(tmp_path) -> None:
    replies = iter(["no JSON", verdict("pass")])
    judge = panel(tmp_path, lambda _: next(replies), attempts=1)
    judge.memory = Kept()
    assert judge.judge(sample("x")).verdict is None
    assert judge.judge(sample("x")).verdict is True
    assert judge.judge(sample("x")).verdict is True
    assert (judge.spent.asked, judge.spent.remembered, judge.spent.failed) == (2, 1, 1)


def test_two_who_ask_the_same_at_once_pay_once(tmp_path) -> None:
    def slowly(shown: str) -> str:
        time.sleep(0.05)
        return on("x")(shown)

    judge = panel(tmp_path, slowly)
    judge.memory = Kept()
    threads = [threading.Thread(target=judge.judge, args=(sample("x"),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (judge.spent.asked, judge.spent.remembered) == (1, 5)


def test_failures_in_a_row_end_a_run_and_others_do_not(tmp_path) -> None:
    fails = True

    def shaky(shown: str) -> str:
        if fails:
            raise ProviderDownError("down")
        return on("x")(shown)

    judge = panel(tmp_path, shaky, attempts=1)
    for n in range(9):
        assert "down" in judge.judge(sample(f"{n}")).error
    fails = False
    assert judge.judge(sample("x")).verdict is True
    fails = True
    for n in range(9):
        judge.judge(sample(f"{n}"))
    with pytest.raises(JudgeDownError, match="judge 'faithful': 10 questions in a row"):
        judge.judge(sample("9"))


def test_each_member_and_repeat_has_its_vote_and_somebody_is_told(tmp_path) -> None:
    judge = panel(tmp_path, on("x"), on("y"), repeats=2)
    told = []
    judge.told = lambda spent: told.append(spent.asked)
    votes = judge.judge(sample("x")).votes
    assert [(vote.model, vote.repeat, vote.said) for vote in votes] == [
        ("m0", 0, "pass"), ("m0", 1, "pass"), ("m1", 0, "fail"), ("m1", 1, "fail"),
    ]  # fmt: skip
    assert told == [1, 2, 3, 4]
