from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from holdfast.domain.score import Score
from holdfast.evaluation.scorers.house import problems


@dataclass(frozen=True)
class Made:
    """A scorer with one fault."""

    judge: Any
    name: str = "made"
    version: int = 1
    needs: tuple[str, ...] = ()
    direction: str = "higher"

    def __call__(self, sample):
        return Score(self.name, self.judge(sample))

    @property
    def identity(self):
        return {}


def fails(sample):
    return 1 / len(sample.output.answer)


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        (Made(fails), "fails on '': ZeroDivisionError"),
        (Made(lambda _: float("nan")), "nan is no score"),
        (Made(lambda _: [1]), "list is no score"),
        (Made(lambda _: random.random()), "says two things"),
        (Made(lambda s: "x" if s.output.answer else 1.0), "several kinds of value"),
        (Made(lambda _: "good"), "gives label, but its direction is 'higher'"),
        (Made(lambda _: 1.0, direction="label"), "gives score, but its direction is 'label'"),
        (Made(lambda _: 1.0, direction="up"), "direction 'up' is none of"),
        (Made(lambda _: 1.0, version=0), "version 0 is below 1"),
        (Made(lambda _: 1.0, name=""), "has no name"),
        (Made(lambda _: 1.0, needs=("colour",)), "needs 'colour', which is no field"),
    ],
)
def test_each_fault_is_found(scorer, message) -> None:
    assert any(message in found for found in problems(scorer))


def test_only_options_that_are_json_have_an_address(monkeypatch) -> None:
    monkeypatch.delattr(Made, "identity")
    assert any("not JSON" in found for found in problems(Made(lambda _: 1.0)))
