from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Sample, Score
from holdfast.evaluation.scorers.scorer import address, apply
from holdfast.evaluation.scorers.second import Second
from tests.support.judge import on, panel, verdict


@dataclass(frozen=True)
class First:
    """Is unsure of answers with a question mark."""

    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = "higher"
    value: bool | float = 0.4
    name: str = "first"

    def __call__(self, sample: Sample) -> Score:
        return Score(self.name, self.value, unsure="?" in sample.output.answer, detail={"x": 1})


def said(scorer, answer: str) -> Score:
    return apply(scorer, Sample(Case("a", "q"), Output("a", 0, answer, "answered")))


def test_the_judge_decides_only_what_is_unsure(tmp_path) -> None:
    judge = panel(tmp_path, on("good"))
    scorer = Second(First(), judge)
    assert said(scorer, "good").value == 0.4
    assert judge.spent.asked == 0
    found = said(scorer, "good?")
    assert (found.scorer, found.value, found.unsure) == ("first", 1.0, False)
    assert (found.detail["x"], found.detail["first"]) == (1, 0.4)
    assert found.detail["second"]["votes"][0]["said"] == "pass"
    assert said(scorer, "bad?").value == 0.0
    assert said(Second(First(value=True), judge), "bad?").value is False


@pytest.mark.parametrize(("reply", "failed"), [("nonsense", True), (verdict("unknown"), False)])
def test_what_the_judge_does_not_decide_stays_open(tmp_path, reply, failed) -> None:
    scorer = Second(First(), panel(tmp_path, lambda _: reply, attempts=1))
    found = said(scorer, "good?")
    assert (found.value, bool(found.error), found.unsure) == (None, failed, True)
    assert found.detail["first"] == 0.4


def test_a_judge_that_cannot_be_shown_the_case_is_not_asked(tmp_path) -> None:
    judge = panel(tmp_path, on("good"), prompt="## user\n{{ reference }}{{ answer }}")
    found = said(Second(First(), judge), "good?")
    assert "first is unsure, and the case has no reference" in str(found.detail)
    assert judge.spent.asked == 0


def test_scores_are_filed_under_both(tmp_path) -> None:
    judge = panel(tmp_path, on("good"))
    assert address(Second(First(), judge)) != address(First())
