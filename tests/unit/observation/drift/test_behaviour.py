from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.observation.drift.behaviour import DESCRIPTORS, Behaviour, compare, describe


def answers(seed: int, rows: int, *, words: int = 40) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["word " * int(n) for n in rng.integers(words // 2, words * 2, rows)]


def test_descriptors_see_refusals_hedges_and_lists() -> None:
    found = dict(
        zip(DESCRIPTORS, describe(["Sorry, perhaps.\n- one\n- two\n```x```"])[0], strict=True)
    )
    assert (found["refusal"], found["hedges"], found["list lines"]) == (1, 1, 2)
    assert found["lines"] == 4
    assert describe([""]).shape == (1, len(DESCRIPTORS))


def test_shorter_answers_and_refusals_are_told_apart_from_twenty() -> None:
    usual = Behaviour(answers(0, 200))
    short = usual.judge(answers(1, 20, words=8))
    assert short.drifted
    assert {one.name for one in short.moved} >= {"characters", "words"}
    refused = usual.judge([f"I'm sorry, {text}" for text in answers(2, 20)])
    assert "refusal" in {one.name for one in refused.moved}


def test_unchanged_answers_alarm_as_rarely_as_said() -> None:
    usual = Behaviour(answers(0, 400), alarm_rate=0.02)
    alarms = [usual.judge(answers(seed, 20)).drifted for seed in range(1, 200)]
    assert np.mean(alarms) <= 0.06


def test_too_few_answers_are_refused() -> None:
    with pytest.raises(UsageError, match="twice the window"):
        Behaviour(answers(0, 30))


def test_the_score_is_the_widest_gap() -> None:
    a, b = np.zeros((10, 2)), np.column_stack([np.zeros(10), np.ones(10)])
    assert compare(a, b).statistic == 1.0
    assert compare(a, a).statistic == 0.0
