from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.interval import clopper_pearson
from holdfast.statistics.judged import (
    JudgeCalibration,
    calibrate_judge,
    prediction_powered_rate,
    rogan_gladen,
)

GOOD_JUDGE = JudgeCalibration(rejected_bad=45, bad=50, accepted_good=140, good=150)


def test_calibration_counts_right_calls() -> None:
    found = calibrate_judge([1, 1, 0, 0, 0], [1, 0, 0, 0, 1])
    assert found == JudgeCalibration(rejected_bad=2, bad=3, accepted_good=1, good=2)
    assert found.sensitivity == 0.5
    assert found.specificity == pytest.approx(2 / 3)


@pytest.mark.parametrize("truth", [[1, 1], [0, 0]])
def test_calibration_needs_both_kinds(truth) -> None:
    with pytest.raises(StatisticsError, match="label both kinds"):
        calibrate_judge(truth, [1, 0])


def test_the_estimate_is_rogan_and_gladens() -> None:
    found = rogan_gladen(700, 1_000, calibration=GOOD_JUDGE)
    q0, q1 = 0.9, 140 / 150
    assert found.estimate == pytest.approx((0.7 + q0 - 1) / (q0 + q1 - 1))
    assert found.low < found.estimate < found.high


def test_a_perfect_judge_with_many_labels_adds_little() -> None:
    perfect = JudgeCalibration(20_000, 20_000, 20_000, 20_000)
    found, plain = rogan_gladen(80, 100, calibration=perfect), clopper_pearson(80, 100)
    assert found.estimate == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.02)


def test_a_less_known_judge_widens_the_interval() -> None:
    well = JudgeCalibration(450, 500, 1_400, 1_500)
    assert (
        rogan_gladen(700, 1_000, calibration=well).width
        < rogan_gladen(700, 1_000, calibration=GOOD_JUDGE).width
    )


@pytest.mark.parametrize(
    "calibration",
    [
        JudgeCalibration(50, 100, 50, 100),
        JudgeCalibration(10, 100, 90, 100),
        JudgeCalibration(2, 3, 2, 3),
        JudgeCalibration(5, 100, 5, 100),
    ],
)
def test_a_judge_that_guesses_is_refused(calibration) -> None:
    with pytest.raises(StatisticsError, match="cannot be told from a judge that guesses"):
        rogan_gladen(50, 100, calibration=calibration)


def test_estimates_stay_rates() -> None:
    found = rogan_gladen(5, 1_000, calibration=GOOD_JUDGE)
    assert found.estimate == found.low == 0
    assert rogan_gladen(999, 1_000, calibration=GOOD_JUDGE).high == 1


@pytest.mark.parametrize("rate", [0.1, 0.6, 0.9])
def test_the_corrected_interval_covers_what_it_says(rate) -> None:
    rng = np.random.default_rng(0)
    q0, q1, covered = 0.85, 0.92, 0
    for _ in range(1_500):
        calibration = JudgeCalibration(rng.binomial(80, q0), 80, rng.binomial(80, q1), 80)
        accepted = rng.binomial(500, rate * q1 + (1 - rate) * (1 - q0))
        covered += rate in rogan_gladen(accepted, 500, calibration=calibration)
    assert covered / 1_500 == pytest.approx(0.95, abs=0.02)


def _judged(rng, *, n, rate=0.8, right=0.9):
    truth = rng.random(n) < rate
    return truth, np.where(rng.random(n) < right, truth, ~truth)


@pytest.mark.parametrize(("n", "right"), [(40, 0.9), (100, 0.97), (200, 0.7)])
def test_the_prediction_powered_interval_covers_what_it_says(n, right) -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(1_000):
        truth, verdicts = _judged(rng, n=2_000, right=right)
        covered += 0.8 in prediction_powered_rate(truth[:n], verdicts[:n], unlabelled=verdicts[n:])
    # Guarded against what few labels cannot show, so never much less, and sometimes more.
    assert covered / 1_000 >= 0.93


def test_a_good_judge_narrows_and_a_useless_one_does_no_harm() -> None:
    rng = np.random.default_rng(2)
    truth, verdicts = _judged(rng, n=5_000)
    noise = rng.random(5_000) < 0.5
    with_judge = prediction_powered_rate(truth[:200], verdicts[:200], unlabelled=verdicts[200:])
    with_noise = prediction_powered_rate(truth[:200], noise[:200], unlabelled=noise[200:])
    alone = 2 * 1.97 * truth[:200].std() / np.sqrt(200)
    assert with_judge.width < 0.85 * alone
    assert with_noise.width == pytest.approx(alone, rel=0.05)


def test_the_estimate_is_the_formula_at_full_weight() -> None:
    # With as good as no error of the judge and N >> n the weight is nearly 1.
    rng = np.random.default_rng(3)
    truth, verdicts = _judged(rng, n=100_000, right=1.0)
    found = prediction_powered_rate(truth[:50], verdicts[:50], unlabelled=verdicts[50:])
    assert found.estimate == pytest.approx(verdicts[50:].mean(), abs=0.003)
    # ... but fifty labels without a disagreement do not prove that there are none.
    assert found.width > 0.05


def test_scores_have_bounds_of_their_own() -> None:
    rng = np.random.default_rng(4)
    y, f, rest = rng.random(50), rng.random(50), rng.random(500)
    unit = prediction_powered_rate(y, f, unlabelled=rest)
    stars = prediction_powered_rate(1 + 4 * y, 1 + 4 * f, unlabelled=1 + 4 * rest, bounds=(1, 5))
    assert stars.estimate == pytest.approx(1 + 4 * unit.estimate)
    assert stars.width == pytest.approx(4 * unit.width)


@pytest.mark.parametrize(
    ("labels", "judged", "rest"),
    [([1], [1], [1, 0]), ([1, 0], [1], [1, 0]), ([1, 0], [1, 0], []), ([1, 2], [1, 0], [1, 0])],
)
def test_labels_are_checked(labels, judged, rest) -> None:
    with pytest.raises(StatisticsError):
        prediction_powered_rate(labels, judged, unlabelled=rest)
