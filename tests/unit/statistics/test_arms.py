from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.arms import TwoArmTest


def _fed(baseline, candidate, *, margin=0.05, cells=200, **settings) -> TwoArmTest:
    test = TwoArmTest(margin, cells=cells, **settings)
    test.extend(baseline, arm="baseline")
    test.extend(candidate, arm="candidate")
    return test


def test_one_by_one_is_the_same_as_at_once() -> None:
    rng = np.random.default_rng(0)
    baseline, candidate = rng.random(60), rng.random(40)
    slow = TwoArmTest(0.05, cells=100)
    for x in candidate:
        slow.update(x, arm="candidate")
    for x in baseline:
        slow.update(x, arm="baseline")
    fast = _fed(baseline, candidate, cells=100)
    assert slow.value == pytest.approx(fast.value)
    assert slow.difference.low == pytest.approx(fast.difference.low)


def test_equal_arms_pass_and_a_broken_one_fails() -> None:
    rng = np.random.default_rng(1)
    assert _fed(rng.random(2_500) < 0.9, rng.random(2_500) < 0.9).verdict == "pass"
    assert _fed(rng.random(2_000) < 0.9, rng.random(300) < 0.7).verdict == "fail"
    assert _fed(rng.random(50) < 0.9, rng.random(50) < 0.9).verdict == "inconclusive"


def test_without_values_nothing_is_known() -> None:
    test = TwoArmTest(0.05, cells=100)
    assert test.value == pytest.approx(1)
    assert test.verdict == "inconclusive"
    assert (test.difference.low, test.difference.high) == (-1, 1)
    test.extend(np.ones(500), arm="baseline")
    assert test.verdict == "inconclusive"


@pytest.mark.parametrize(("p", "q"), [(0.9, 0.85), (0.3, 0.25), (0.05, 0.0)])
def test_looking_all_the_time_rarely_passes_a_loss_of_the_margin(p, q) -> None:
    rng = np.random.default_rng(2)
    passed = 0
    for _ in range(40):
        test = TwoArmTest(0.05, cells=100)
        for _ in range(20):
            test.extend(rng.random(50) < p, arm="baseline")
            test.extend(rng.random(50) < q, arm="candidate")
            passed += test.verdict == "pass"
    assert passed == 0


def test_the_difference_is_held_between_the_limits() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(40):
        test = _fed(rng.beta(8, 2, 800), rng.beta(7, 3, 400), cells=100)
        held += -0.1 in test.difference
    assert held >= 38
    assert test.difference.width < 0.2
    assert test.difference.n == 1_200


def test_the_verdict_agrees_with_the_limits() -> None:
    rng = np.random.default_rng(4)
    for q in (0.95, 0.9, 0.8, 0.6):
        test = _fed(rng.random(1_500) < 0.9, rng.random(1_500) < q)
        limits = test.difference
        expected = "inconclusive"
        if limits.low >= -0.05:
            expected = "pass"
        elif limits.high <= -0.05:
            expected = "fail"
        assert test.verdict == expected


def test_swapping_the_arms_mirrors_the_limits() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.random(400) < 0.8, rng.random(700) < 0.6
    there, back = _fed(first, second).difference, _fed(second, first).difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_bounds_are_only_a_change_of_unit() -> None:
    rng = np.random.default_rng(6)
    first, second = rng.random(300), rng.random(300) ** 2
    unit = _fed(first, second, margin=0.1)
    wide = _fed(first * 10, second * 10, margin=1.0, bounds=(0, 10))
    assert wide.value == pytest.approx(unit.value)
    assert wide.difference.low == pytest.approx(unit.difference.low * 10)


def test_the_verdict_stays() -> None:
    test = _fed(np.r_[np.ones(900), np.zeros(100)], np.r_[np.ones(900), np.zeros(100)], margin=0.1)
    assert test.verdict == "pass"
    test.extend(np.zeros(1_000), arm="candidate")
    assert test.verdict == "pass"
    assert test.difference.high < -0.1


@pytest.mark.parametrize("x", [float("nan"), 1.5, -0.5])
def test_values_outside_the_bounds_are_refused(x) -> None:
    with pytest.raises(StatisticsError):
        TwoArmTest(0.05).update(x, arm="baseline")


def test_settings_are_checked() -> None:
    with pytest.raises(StatisticsError, match=r"margin is -0\.01"):
        TwoArmTest(-0.01)
    with pytest.raises(StatisticsError, match="arm is 'canary'"):
        TwoArmTest(0.01).update(1.0, arm="canary")
    with pytest.raises(StatisticsError, match="strictly between"):
        TwoArmTest(0.01, confidence=1.0)


def test_whatever_is_worse_at_all_fails_without_a_harm_that_is_allowed() -> None:
    rng = np.random.default_rng(7)
    baseline, candidate = rng.random(4_000) < 0.95, rng.random(4_000) < 0.90
    strict = _fed(baseline, candidate, harm=0.0)
    assert strict.verdict == "fail"
    assert strict.harmed > 20 > _fed(baseline, candidate).harmed
    assert _fed(baseline, candidate).verdict == "inconclusive"
    with pytest.raises(StatisticsError, match=r"harm is 0\.1"):
        TwoArmTest(0.05, harm=0.1)


def test_however_often_one_looks_equal_arms_rarely_fail() -> None:
    rng = np.random.default_rng(9)
    failed = 0
    for _ in range(40):
        test = TwoArmTest(0.03, harm=0.0, cells=200)
        for _ in range(60):
            test.extend(rng.random(10) < 0.9, arm="baseline")
            test.extend(rng.random(10) < 0.9, arm="candidate")
            test.verdict  # noqa: B018 - looking is what is tested
        failed += test.verdict == "fail"
    assert failed <= 2
