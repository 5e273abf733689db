from __future__ import annotations

import pytest

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Passage, Sample
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.judge import Judge
from holdfast.evaluation.scorers.scorer import address, apply
from tests.support.judge import on, panel, verdict

SAMPLE = Sample(Case("a", "How long?"), Output("a", 0, "30 days", "answered"))


def test_the_verdict_or_the_mark_of_several_votes(tmp_path) -> None:
    judge = panel(tmp_path, on("30"), on("30"), on("60"))
    assertion = Judge(lambda _: judge, judge="faithful", name="said")
    found = apply(assertion, SAMPLE)
    assert (found.scorer, found.value, found.unsure) == ("said", True, True)
    mark = apply(Judge(lambda _: judge, judge="faithful", verdict=False), SAMPLE)
    assert mark.value == pytest.approx(2 / 3)
    assert mark.detail["threshold"] == 0.5
    assert address(assertion) != address(Judge(lambda _: judge, judge="faithful", verdict=False))
    other = panel(tmp_path, on("30"), threshold=0.7)
    assert address(assertion) != address(Judge(lambda _: other, judge="faithful", name="said"))


def test_a_mark_with_a_vote_missing_is_an_error(tmp_path) -> None:
    judge = panel(tmp_path, on("30"), on("30"), lambda _: "no JSON", attempts=1)
    assert apply(Judge(lambda _: judge, judge="faithful"), SAMPLE).value is True
    mark = apply(Judge(lambda _: judge, judge="faithful", verdict=False), SAMPLE)
    assert (mark.value, mark.error.startswith("m2: the reply is not JSON")) == (None, True)


def test_a_case_needs_what_the_prompt_shows(tmp_path) -> None:
    judge = panel(tmp_path, on("30"), prompt="## user\n{{ reference }}{{ passages }}{{ answer }}")
    scorer = Judge(lambda _: judge, judge="faithful")
    assert scorer.needs == ("reference",)
    found = apply(scorer, SAMPLE)
    assert found.detail == {"not applicable": "the case has no reference"}
    known = Sample(Case("a", "How long?", reference="30"), SAMPLE.output)
    assert apply(scorer, known).detail == {"not applicable": "the output has no passages"}
    passage = (Passage("", "", "", "30"),)
    full = Sample(known.case, Output("a", 0, "30 days", "answered", passages=passage))
    assert apply(scorer, full).value is True


def test_no_judge_and_the_wrong_kind_are_refused(tmp_path) -> None:
    judge = panel(tmp_path, lambda _: verdict("pass"), kind="pair")
    with pytest.raises(UsageError, match="which judge"):
        Judge(lambda _: judge)
    with pytest.raises(UsageError, match="compares two answers"):
        Judge(lambda _: judge, judge="faithful")
