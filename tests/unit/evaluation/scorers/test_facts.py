from __future__ import annotations

from holdfast.evaluation.scorers.facts import Facts
from tests.support.samples import sample


def test_the_share_of_facts_and_those_missing() -> None:
    score = Facts()(sample("Up to ninety percent off.", facts=("90 %", "student card")))
    assert (score.value, score.detail["missing"]) == (0.5, ["student card"])


def test_a_number_inside_another_is_no_fact() -> None:
    assert Facts()(sample("190 % off", facts=("90 %",))).value == 0.0
