from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.betting_two_sample import BettingTwoSample


def _fed(reference, values, **settings) -> BettingTwoSample:
    detector = BettingTwoSample(reference, **settings)
    for x in values:
        detector.update(x)
    return detector


def test_the_risk_of_ever_a_false_alarm_is_kept() -> None:
    rng = np.random.default_rng(0)
    alarms = [
        _fed(rng.standard_t(2, size=100), rng.standard_t(2, size=300), alpha=0.1, seed=i).drifted
        for i in range(150)
    ]
    # Nominal 10 %; 3 standard errors of 150 draws are 7.3 %.
    assert np.mean(alarms) <= 0.175


def test_the_mean_capital_stays_one() -> None:
    rng = np.random.default_rng(1)
    values = [_fed(rng.random(30), rng.random(8), seed=i).value for i in range(1_500)]
    assert np.mean(values) == pytest.approx(1, abs=4 * np.std(values) / np.sqrt(1_500))


@pytest.mark.parametrize(
    "change",
    [
        lambda rng: rng.normal(1, 1, 250),
        lambda rng: rng.normal(-1, 1, 250),
        lambda rng: rng.normal(0, 3, 250),
        lambda rng: rng.normal(0, 0.2, 250),
    ],
    ids=["up", "down", "wider", "narrower"],
)
def test_place_and_spread_are_watched_in_both_directions(change) -> None:
    rng = np.random.default_rng(2)
    detector = _fed(rng.normal(size=500), rng.normal(size=300))
    assert not detector.drifted
    for x in change(rng):
        detector.update(x)
    assert detector.drifted
    assert 300 < detector.alarm_at <= 550


def test_only_ranks_matter() -> None:
    rng = np.random.default_rng(3)
    reference, values = rng.normal(size=50), rng.normal(size=50)
    assert _fed(reference, values).value == pytest.approx(
        _fed(np.exp(reference), np.exp(values)).value
    )


def test_ties_are_broken_at_random() -> None:
    alarms = [_fed([0, 1] * 100, [0, 1] * 150, seed=i).drifted for i in range(10)]
    assert not any(alarms)


def test_alpha_is_checked() -> None:
    with pytest.raises(StatisticsError, match="alpha is 0"):
        BettingTwoSample([0.0, 1.0], alpha=0)
