from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output, Sample, Score
from holdfast.evaluation.scorers.facts import Facts
from holdfast.evaluation.scoring import BATCH, events, score

CASES = [Case("a", "q", facts=("30 days",)), Case("b", "q", facts=("30 days",)), Case("c", "q")]
OUTPUTS = {
    ("a", 0): Output("a", 0, "Within 30 days.", "answered"),
    ("b", 0): Output("b", 0, "", "failed", error="429", error_code="provider_busy"),
    ("c", 0): Output("c", 0, "Yes.", "answered"),
}


@dataclass(frozen=True)
class Crashing:
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    direction: ClassVar[str] = "higher"
    name: str = "crashing"

    def __call__(self, sample: Sample) -> Score:
        raise ZeroDivisionError(sample.case.id)


def test_scores_are_of_outputs_that_came_and_cases_that_know_enough() -> None:
    found = score(CASES, OUTPUTS, scorer=Facts())
    assert found["a", 0].value == 1.0
    assert (found["b", 0].value, found["b", 0].error) == (None, "")
    assert found["b", 0].detail == {"not applicable": "output failed: provider_busy"}
    assert found["c", 0].detail == {"not applicable": "the case has no facts"}


def test_a_crash_is_a_record() -> None:
    found = score(CASES, OUTPUTS, scorer=Crashing())
    assert (found["a", 0].value, found["a", 0].error) == (None, "ZeroDivisionError: a")


def test_scores_are_kept_in_batches_under_the_scorers_digest() -> None:
    cases = [Case(str(n), "q") for n in range(BATCH + 1)]
    outputs = {(case.id, 0): Output(case.id, 0, "x", "answered") for case in cases}
    scorer = Facts()
    kept = list(events("r", scorer, scores=score(cases, outputs, scorer=scorer)))
    assert [len(event.value) for event in kept] == [BATCH, 1]
    assert len({event.key for event in kept}) == 2
    assert kept[1].value[0]["case"] == str(BATCH)
