from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift import chi_square, frechet, ks, psi, wasserstein
from holdfast.statistics.drift.calibrate import Resampling, calibrate
from holdfast.statistics.drift.score import DriftScore


def test_fixed_thresholds_fire_on_unchanged_windows_and_calibrated_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    reference = rng.normal(size=1_000)
    alarm = calibrate(wasserstein.compare, reference, window=50, alarm_rate=0.05)
    scores = [wasserstein.compare(reference, rng.normal(size=50)) for _ in range(200)]
    assert np.mean([score.statistic >= 0.1 for score in scores]) > 0.9
    assert np.mean([alarm.fires(score) for score in scores]) <= 0.12


@pytest.mark.parametrize("window", [50, 200])
def test_the_alarm_rate_is_the_one_asked_for_over_references(window) -> None:
    rng = np.random.default_rng(1)
    how = Resampling(resamples=60, block=1)
    fired = []
    for _ in range(60):
        reference = rng.normal(size=600)
        alarm = calibrate(psi.compare, reference, window=window, alarm_rate=0.1, resampling=how)
        fired += [alarm.fires(psi.compare(reference, rng.normal(size=window))) for _ in range(5)]
    assert np.mean(fired) == pytest.approx(0.1, abs=0.06)


def _autoregressive(rng, n, *, memory=0.9):
    noise = rng.normal(size=n)
    out = np.empty(n)
    last = rng.normal() / math.sqrt(1 - memory**2)
    for i in range(n):
        last = out[i] = memory * last + noise[i]
    return out


gap = partial(ks.compare, p_value=False)


def test_blocks_keep_rows_together_that_hang_together() -> None:
    rng = np.random.default_rng(2)
    reference = _autoregressive(rng, 4_000)
    scores = [gap(reference, _autoregressive(rng, 200)) for _ in range(100)]
    rates = {}
    for block in (1, 50):
        alarm = calibrate(
            gap, reference, window=200, alarm_rate=0.05, resampling=Resampling(block=block)
        )
        rates[block] = np.mean([alarm.fires(score) for score in scores])
    assert rates[1] > 0.3
    assert rates[50] < 0.15


def test_the_alarm_rate_holds_for_rows_that_resemble_their_neighbours() -> None:
    rng, memory = np.random.default_rng(8), 0.7
    how = Resampling(resamples=100)
    fired = []
    for _ in range(25):
        reference = _autoregressive(rng, 1_200, memory=memory)
        alarm = calibrate(gap, reference, window=120, alarm_rate=0.1, resampling=how)
        scores = [gap(reference, _autoregressive(rng, 120, memory=memory)) for _ in range(10)]
        fired += [alarm.fires(score) for score in scores]
    assert alarm.block > 8
    assert alarm.resampled == 120
    assert np.mean(fired) == pytest.approx(0.1, abs=0.05)


def test_the_floor_keeps_harmless_changes_quiet() -> None:
    rng = np.random.default_rng(3)
    reference, shifted = rng.normal(size=40_000), rng.normal(0.05, 1, size=20_000)
    how = Resampling(resamples=30)
    loose = calibrate(ks.compare, reference, window=20_000, alarm_rate=0.05, resampling=how)
    floored = calibrate(
        ks.compare, reference, window=20_000, alarm_rate=0.05, floor=0.1, resampling=how
    )
    score = ks.compare(reference, shifted)
    assert score.p_value < 0.001
    assert loose.fires(score)
    assert not floored.fires(score)


def _rate(compare, draw, *, rows, window, seed, references=40, windows=25, alarm_rate=0.1):
    """Share of unchanged windows that are alarms, over references."""
    rng = np.random.default_rng(seed)
    fired = []
    for _ in range(references):
        reference = draw(rng, rows)
        how = Resampling(resamples=60)
        alarm = calibrate(compare, reference, window=window, alarm_rate=alarm_rate, resampling=how)
        fired += [alarm.fires(compare(reference, draw(rng, window))) for _ in range(windows)]
    return float(np.mean(fired))


def _normal(rng, n):
    return rng.normal(size=n)


@pytest.mark.parametrize("compare", [gap, psi.compare, wasserstein.compare])
def test_a_reference_of_two_windows_is_no_calmer_than_a_long_one(compare) -> None:
    # Half of it is compared with the other half, later windows with all of it.
    assert _rate(compare, _normal, rows=100, window=50, seed=11) == pytest.approx(0.1, abs=0.035)


def test_two_labels_alarm_as_often_as_asked_for_though_few_counts_can_occur() -> None:
    def refusals(rng, n):
        return np.where(rng.random(n) < 0.1, "refused", "ok")

    compare = partial(chi_square.compare, p_value=False)
    rate = _rate(compare, refusals, rows=400, window=40, seed=12)
    assert rate == pytest.approx(0.1, abs=0.035)


@pytest.mark.parametrize("compare", [gap, psi.compare])
def test_a_long_window_is_calibrated_by_shorter_ones(compare) -> None:
    rng = np.random.default_rng(13)
    how = Resampling(resamples=40, block=1)
    sizes = []

    def spy(reference, current):
        sizes.append((len(reference), len(current)))
        return compare(reference, current)

    fired = []
    for _ in range(12):
        reference = rng.normal(size=60_000)
        alarm = calibrate(spy, reference, window=20_000, alarm_rate=0.1, resampling=how)
        assert set(sizes[2:]) == {(10_000, 5_000)}
        sizes.clear()
        # By chance, the real rows are half as far apart as these, or a quarter where squares are.
        scores = [compare(reference, rng.normal(size=20_000)) for _ in range(8)]
        fired += [alarm.fires(score) for score in scores]
    assert np.mean(fired) == pytest.approx(0.1, abs=0.07)


def test_what_blocks_hide_and_how_few_there_are_raises_the_threshold() -> None:
    rows = _autoregressive(np.random.default_rng(14), 1_500, memory=0.8)
    own = calibrate(gap, rows, window=150, alarm_rate=0.1)
    told = calibrate(gap, rows, window=150, alarm_rate=0.1, resampling=Resampling(block=own.block))
    assert 1.02 < own.threshold / told.threshold < 1.25


def test_labels_are_calibrated_too() -> None:
    rng = np.random.default_rng(4)
    reference = list(rng.choice(["a", "b"], p=[0.9, 0.1], size=400))
    alarm = calibrate(chi_square.compare, reference, window=100, alarm_rate=0.05)
    assert not alarm.fires(chi_square.compare(reference, ["a"] * 90 + ["b"] * 10))
    assert alarm.fires(chi_square.compare(reference, ["a"] * 60 + ["b"] * 40))


def test_windows_have_the_size_asked_for_and_come_in_blocks() -> None:
    seen = []

    def spy(rest, window):
        seen.append((len(rest), window))
        return DriftScore("spy", float(len(seen)), None, 0.0, len(rest), len(window))

    how = Resampling(resamples=30, block=7)
    alarm = calibrate(spy, np.arange(100), window=25, alarm_rate=0.1, resampling=how)
    assert all(rest == 75 and len(window) == 25 for rest, window in seen)
    neighbours = np.mean([np.mean(np.diff(window) == 1) for _, window in seen])
    assert neighbours > 0.75
    # ceil(0.9 * 31) = 28th smallest of 1 ... 30.
    assert alarm.threshold == 28
    assert alarm.unchanged == tuple(float(i) for i in range(1, 31))
    assert alarm.block == 7


def test_the_same_seed_gives_the_same_threshold() -> None:
    reference = np.random.default_rng(5).normal(size=300)
    first, second, other = (
        calibrate(ks.compare, reference, window=60, resampling=Resampling(seed=seed))
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first.unchanged != other.unchanged


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 60}, "100 reference rows for a window of 60"),
        ({"window": 20, "alarm_rate": 0.001}, "200 resamples cannot give .* use 1000 or more"),
        ({"window": 20, "alarm_rate": 0}, "strictly between"),
        ({"window": 1}, "window is 1"),
        ({"window": 20, "resampling": Resampling(block=30)}, "block is 30, longer than"),
        ({"window": 20, "resampling": Resampling(block=0)}, "block is 0"),
        ({"window": 20, "resampling": Resampling(resamples=5)}, "resamples is 5"),
    ],
)
def test_settings_are_checked(settings, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        calibrate(ks.compare, np.arange(100.0), **settings)


def test_a_single_number_is_no_reference() -> None:
    with pytest.raises(StatisticsError, match="pass one row per observation"):
        calibrate(ks.compare, 3.0, window=20)


def test_another_detectors_or_a_smaller_windows_score_is_refused() -> None:
    reference = np.random.default_rng(6).normal(size=300)
    alarm = calibrate(ks.compare, reference, window=60)
    with pytest.raises(StatisticsError, match="'wasserstein' over 60 rows, but calibrated 'ks'"):
        alarm.fires(wasserstein.compare(reference, reference[:60]))
    with pytest.raises(StatisticsError, match="over 59 rows"):
        alarm.fires(ks.compare(reference, reference[:59]))


def test_windows_of_a_season_have_the_phases_of_stretches_that_were_there() -> None:
    days = 30
    phases = np.tile(np.repeat([0, 1, 2, -1], [20, 10, 8, 2]), days)
    stretches = {
        tuple(np.bincount(phases[start : start + 40][phases[start : start + 40] >= 0], minlength=3))
        for start in range(len(phases) - 39)
    }
    seen = []

    def compare(reference: np.ndarray, current: np.ndarray) -> DriftScore:
        if len(reference) < len(phases):
            assert not set(reference) & set(current)
            seen.append(tuple(np.bincount(phases[current], minlength=3)))
        gap = abs(float(np.mean(values[reference]) - np.mean(values[current])))
        return DriftScore("gap", gap, None, gap, len(reference), len(current))

    values = np.random.default_rng(0).normal(size=len(phases))
    how = Resampling(resamples=50, block=3, phases=phases)
    alarm = calibrate(compare, np.arange(len(phases)), window=40, alarm_rate=0.1, resampling=how)
    assert (alarm.block, len(seen)) == (3, 50)
    assert set(seen) <= stretches


def _varied(rng, *, memory):
    """Of one variance, however alike neighbours are."""
    return _autoregressive(rng, 2_000, memory=memory) * math.sqrt(1 - memory**2)


def test_rows_that_were_thinned_depend_less_on_their_neighbours() -> None:
    rng = np.random.default_rng(15)
    rises = {}
    for most in (50, 2_000):
        alike, alone = (
            calibrate(
                partial(frechet.compare, most=most),
                np.column_stack([_varied(rng, memory=memory) for _ in range(2)]),
                window=800,
                alarm_rate=0.1,
                resampling=Resampling(resamples=400),
            )
            for memory in (0.8, 0.0)
        )
        rises[most] = alike.threshold / alone.threshold
        assert alike.resampled == min(most, 800)
    assert rises[50] < 1.5
    assert rises[2_000] > 2 * rises[50]
