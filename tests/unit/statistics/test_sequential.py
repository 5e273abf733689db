from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.betting import LARGEST_STAKE
from holdfast.statistics.sequential import (
    ConfidenceSequence,
    EProcess,
    SequentialGate,
    confidence_sequence,
    e_process,
)

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)
ALTERNATIVES = st.sampled_from(["greater", "less", "two-sided"])


@given(VALUES, ALTERNATIVES, st.floats(0.05, 0.95))
def test_the_class_and_the_function_own_the_same_capital(values, alternative, mean) -> None:
    test, capital = EProcess(mean, alternative=alternative), []
    for x in values:
        test.update(x)
        capital.append(test.value)
    assert e_process(values, mean=mean, alternative=alternative) == pytest.approx(capital)
    assert test.n == len(values)
    assert test.p_value == pytest.approx(min(1.0, 1 / max(capital)))


def test_capital_is_the_product_of_the_formula() -> None:
    values, m, capital = [1.0, 0.0, 1.0, 1.0], 0.4, 1.0
    for t, x in enumerate(values):
        past = values[:t]
        guess = (0.5 + sum(past)) / (t + 1)
        squares = sum((y - (0.5 + sum(past[: i + 1])) / (i + 2)) ** 2 for i, y in enumerate(past))
        variance = (0.25 + squares) / (t + 1)
        stake = (guess - m) / (variance + (guess - m) ** 2)
        capital *= 1 + min(max(stake, 0), LARGEST_STAKE / m) * (x - m)
    assert e_process(values, mean=m)[-1] == pytest.approx(capital)


@given(VALUES, st.floats(0.05, 0.95))
def test_capital_is_a_fair_game_at_every_step(values, mean) -> None:
    # Whatever was seen, the expected factor of the next value is 1 when its mean is the claim.
    for alternative in ("greater", "less", "two-sided"):
        now = e_process(values, mean=mean, alternative=alternative)[-1]
        low, high = (
            e_process([*values, x], mean=mean, alternative=alternative)[-1] for x in (0.0, 1.0)
        )
        assert (1 - mean) * low + mean * high == pytest.approx(now, rel=1e-6)


@pytest.mark.parametrize("mean", [0.1, 0.5])
def test_looking_after_every_value_keeps_the_level(mean) -> None:
    rng = np.random.default_rng(0)
    alarms = [
        e_process(rng.random(500) < mean, mean=mean, alternative="two-sided").max() >= 20
        for _ in range(600)
    ]
    assert np.mean(alarms) <= 0.05


def test_a_wrong_claim_is_rejected() -> None:
    rng = np.random.default_rng(1)
    test = EProcess(0.1, alternative="greater", alpha=0.01)
    for x in rng.random(400) < 0.2:
        test.update(x)
    assert test.rejected
    assert test.p_value <= 0.01


def test_rejection_stays_when_the_capital_is_lost_again() -> None:
    test = EProcess(0.5)
    for x in [1.0] * 20 + [0.0] * 40:
        test.update(x)
    assert test.value < 1
    assert test.rejected


def test_bounds_are_only_a_change_of_unit() -> None:
    values = np.random.default_rng(2).random(30)
    unit = e_process(values, mean=0.4)
    wide = e_process(values * 2 - 1, mean=-0.2, bounds=(-1, 1))
    assert wide == pytest.approx(unit)


def test_great_capital_does_not_overflow() -> None:
    test = EProcess(0.01)
    for _ in range(1_000):
        test.update(1.0)
    assert math.isfinite(test.value)
    assert np.isfinite(e_process(np.ones(1_000), mean=0.01)).all()


@pytest.mark.parametrize("x", [float("nan"), 1.01, -1.01, float("inf")])
@pytest.mark.parametrize("taker", [EProcess(0.5), ConfidenceSequence(), SequentialGate(0.05)])
def test_a_value_outside_the_bounds_is_refused(taker, x) -> None:
    with pytest.raises(StatisticsError, match="is outside bounds"):
        taker.update(x)


def test_claims_and_alternatives_are_checked() -> None:
    with pytest.raises(StatisticsError, match=r"mean is 1\.0; it must lie strictly inside"):
        EProcess(1.0)
    with pytest.raises(StatisticsError, match="alternative is 'up'"):
        EProcess(0.5, alternative="up")
    with pytest.raises(StatisticsError, match="alternative is 'up'"):
        e_process([0.5], mean=0.5, alternative="up")
    with pytest.raises(StatisticsError, match=r"margin is -0\.1"):
        SequentialGate(-0.1)


@given(VALUES)
def test_the_class_and_the_function_have_the_same_limits(values) -> None:
    sequence = ConfidenceSequence(cells=50)
    band = confidence_sequence(values, cells=50)
    for x, low, high in zip(values, band.low, band.high, strict=True):
        sequence.update(x)
        assert (sequence.interval.low, sequence.interval.high) == pytest.approx((low, high))


def test_limits_are_the_same_over_blocks() -> None:
    values = np.random.default_rng(3).random(1_300)
    whole, part = confidence_sequence(values), confidence_sequence(values[:600])
    assert whole.low[:600] == pytest.approx(part.low)
    assert (np.diff(whole.low) >= 0).all()
    assert (np.diff(whole.high) <= 0).all()


@pytest.mark.parametrize("mean", [0.05, 0.5])
def test_limits_hold_the_mean_at_all_times(mean) -> None:
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(200):
        band = confidence_sequence(rng.random(400) < mean, cells=200)
        missed += bool(((band.low > mean) | (band.high < mean)).any())
    assert missed / 200 <= 0.05


def test_limits_in_the_unit_of_the_values() -> None:
    sequence = ConfidenceSequence(bounds=(10, 20))
    assert (sequence.interval.low, sequence.interval.high) == (10, 20)
    for _ in range(300):
        sequence.update(18.0)
    assert sequence.interval.estimate == pytest.approx(18)
    assert 17 < sequence.interval.low < 18 < sequence.interval.high < 19


def test_the_gate_stops_early_on_an_unchanged_and_on_a_broken_candidate() -> None:
    rng = np.random.default_rng(5)
    same, broken = SequentialGate(0.05), SequentialGate(0.05)
    for x in rng.choice([-1.0, 0.0, 1.0], p=[0.02, 0.96, 0.02], size=400):
        same.update(x)
    for x in rng.choice([-1.0, 0.0], p=[0.3, 0.7], size=100):
        broken.update(x)
    assert same.verdict == "pass"
    assert broken.verdict == "fail"


def test_the_gate_rarely_passes_a_loss_of_the_margin() -> None:
    rng = np.random.default_rng(6)
    passed = 0
    for _ in range(300):
        differences = rng.choice([-1.0, 0.0, 1.0], p=[0.07, 0.91, 0.02], size=400)
        capital = e_process(differences, mean=-0.05, bounds=(-1, 1), alternative="greater")
        passed += capital.max() >= 20
    assert passed / 300 <= 0.05


def test_the_gates_verdict_stays() -> None:
    gate = SequentialGate(0.05)
    for x in [0.0] * 100 + [-1.0] * 200:
        gate.update(x)
    assert gate.verdict == "pass"
    assert gate.value < 20
    assert gate.n == 300
