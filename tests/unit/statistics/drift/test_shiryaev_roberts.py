from __future__ import annotations

import math

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.shiryaev_roberts import ShiryaevRoberts


def _reference(rate=0.1, rows=2_000):
    return np.arange(rows) < rate * rows


def test_capital_follows_the_recursion() -> None:
    detector = ShiryaevRoberts(_reference(), odds=(2.25,))
    ((claim, stake),) = detector._bets
    capital = 0.0
    for x in [0.0, 1.0, 1.0, 0.0, 0.5]:
        capital = (capital + 1) * (1 + stake * (x - claim))
        detector.update(x)
        assert detector.value == pytest.approx(capital)


def test_the_bet_on_a_doubling_is_the_likelihood_ratio() -> None:
    # With as good as no error of the reference it pays q/p on a loss and (1-q)/(1-p) on none.
    detector = ShiryaevRoberts(_reference(rows=1_000_000), odds=(2.25,))
    ((claim, stake),) = detector._bets
    assert claim == pytest.approx(0.1, abs=1e-3)
    assert 1 + stake * (1 - claim) == pytest.approx(2.0, abs=0.02)
    assert 1 - stake * claim == pytest.approx(0.8 / 0.9, abs=0.002)


def test_the_claim_allows_for_the_error_of_the_reference() -> None:
    claims = [
        ShiryaevRoberts(_reference(rows=rows), odds=(2.25,))._bets[0][0] for rows in (2_000, 20_000)
    ]
    assert 0.1 < claims[1] < claims[0]
    # s^2 log(run length) / rise.
    assert claims[1] - 0.1 == pytest.approx(0.09 / 20_000 * math.log(1e5) / 0.1, rel=0.06)


def test_the_mean_capital_grows_by_one_a_row_at_the_claimed_rate() -> None:
    rng = np.random.default_rng(0)
    values = []
    for _ in range(300):
        detector = ShiryaevRoberts(_reference(), odds=(1.3,))
        claim = detector._bets[0][0]
        for x in rng.random(30) < claim:
            detector.update(x)
        values.append(detector.value)
    assert np.mean(values) == pytest.approx(30, abs=4 * np.std(values) / math.sqrt(300))


def _stream(bets, rng, *, rate, rows, run_length, capital):
    """Many detectors at once, by the recursion: rows of first alarms, capital after all."""
    claims, stakes = bets[:, :, 0], bets[:, :, 1]
    first = np.full(len(bets), rows)
    for t in range(rows):
        losses = (rng.random(len(bets)) < rate)[:, np.newaxis]
        capital = (capital + 1) * (1 + stakes * (losses - claims))
        hit = capital.mean(axis=1) >= run_length
        first = np.where(hit, np.minimum(first, t), first)
        capital[hit] = 0
    return first, capital


def test_delay_and_run_length_with_a_learned_base_rate() -> None:
    rng = np.random.default_rng(1)
    bets = np.array([ShiryaevRoberts(rng.random(2_000) < 0.1)._bets for _ in range(1_000)])
    start = np.zeros(bets.shape[:2])
    calm, capital = _stream(bets, rng, rate=0.1, rows=2_000, run_length=1e5, capital=start)
    # A mean run length of 1e5 leaves about 2 % of 2,000 rows with an alarm.
    assert np.mean(calm < 2_000) <= 0.02
    after, _ = _stream(bets, rng, rate=0.2, rows=2_000, run_length=1e5, capital=capital)
    assert np.median(after) <= 180


def test_an_alarm_stays_until_reset() -> None:
    detector = ShiryaevRoberts(_reference())
    for _ in range(60):
        detector.update(1.0)
    assert detector.drifted
    at = detector.alarm_at
    for _ in range(200):
        detector.update(0.0)
    assert detector.drifted
    assert detector.alarm_at == at
    detector.reset()
    assert not detector.drifted
    assert (detector.n, detector.value) == (0, 0)


def test_capital_does_not_overflow() -> None:
    detector = ShiryaevRoberts(_reference())
    for _ in range(5_000):
        detector.update(1.0)
    assert math.isfinite(detector.value)


def test_a_fall_is_no_alarm() -> None:
    detector = ShiryaevRoberts(_reference())
    for _ in range(5_000):
        detector.update(0.0)
    assert not detector.drifted


def test_a_perfect_reference_still_has_a_base_rate() -> None:
    detector = ShiryaevRoberts(np.zeros(500))
    detector.update(1.0)
    assert not detector.drifted
    for _ in range(20):
        detector.update(1.0)
    assert detector.drifted


def test_scores_between_0_and_1_are_losses_too() -> None:
    rng = np.random.default_rng(2)
    detector = ShiryaevRoberts(rng.beta(1, 9, size=2_000))
    for x in rng.beta(1, 9, size=2_000):
        detector.update(x)
    assert not detector.drifted
    for x in rng.beta(2, 9, size=120):
        detector.update(x)
    assert detector.drifted


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"run_length": 2.0}, r"run_length is 2\.0"),
        ({"run_length": -1.0}, "run_length is"),
        ({"odds": (0.5,)}, r"odds are \(0\.5,\)"),
        ({"odds": ()}, r"odds are \(\)"),
    ],
)
def test_settings_are_checked(settings, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        ShiryaevRoberts(_reference(), **settings)


@pytest.mark.parametrize("rate", [0.999, 1.0])
def test_a_reference_of_nothing_but_losses_is_refused(rate) -> None:
    with pytest.raises(StatisticsError, match="leaves no rise to detect"):
        ShiryaevRoberts(_reference(rate=rate, rows=1_000))


@pytest.mark.parametrize("x", [1.5, -0.1, math.nan])
def test_losses_are_checked(x) -> None:
    with pytest.raises(StatisticsError, match=r"must lie in \[0, 1\]"):
        ShiryaevRoberts(_reference()).update(x)
    with pytest.raises(StatisticsError):
        ShiryaevRoberts([0.0, 1.0] * 50 + [x])
