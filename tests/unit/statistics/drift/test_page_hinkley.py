from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.page_hinkley import PageHinkley


def _fed(values, **settings) -> PageHinkley:
    detector = PageHinkley(**settings)
    for x in values:
        detector.update(x)
    return detector


def test_the_height_is_that_of_the_formula() -> None:
    values = np.random.default_rng(0).normal(size=40)
    means = np.cumsum(values) / np.arange(1, 41)
    sums = np.cumsum(values - means - 0.005)
    assert _fed(values).value == pytest.approx(sums[-1] - min(0.0, sums.min()))


def test_it_alarms_where_rivers_does() -> None:
    drift = pytest.importorskip("river.drift")
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.random(1_000) < 0.1, rng.random(1_000) < 0.5]).astype(float)
    theirs = drift.PageHinkley(delta=0.005, threshold=50, alpha=1.0, mode="up")
    at = next(i for i, x in enumerate(values, start=1) if theirs.update(x) or theirs.drift_detected)
    assert _fed(values).alarm_at == pytest.approx(at, abs=2)


def test_the_warm_up_is_calm() -> None:
    values = [0.0] * 5 + [100.0] * 10
    assert _fed(values, warm_up=0).alarm_at == 6
    assert _fed(values, warm_up=12).alarm_at == 12


@pytest.mark.parametrize("settings", [{"threshold": 0}, {"tolerance": np.nan}, {"warm_up": -1}])
def test_settings_are_checked(settings) -> None:
    with pytest.raises(StatisticsError):
        PageHinkley(**settings)


@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_a_calibrated_one_runs_as_long_as_promised(memory) -> None:
    rng = np.random.default_rng(3)

    def draw(n):
        return signal.lfilter([1], [1, -memory], rng.normal(size=n + 50))[50:]

    promised, most, rows, alarms = 300, 3_000, 0, 0
    for _ in range(25):
        detector = PageHinkley.calibrated(draw(600), run_length=promised)
        for x in draw(most):
            detector.update(x)
        rows += detector.alarm_at or most
        alarms += detector.drifted
    assert rows / max(alarms, 1) >= promised


def test_a_calibrated_one_sees_an_error_rate_double_within_two_hundred_rows() -> None:
    rng = np.random.default_rng(4)
    delays = []
    for _ in range(5):
        detector = PageHinkley.calibrated(rng.random(2_000) < 0.1)
        for x in np.concatenate([rng.random(500) < 0.1, rng.random(1_500) < 0.2]):
            detector.update(x)
        delays.append(detector.alarm_at - 500)
    assert 0 < np.median(delays) < 260


def test_a_reference_that_never_varies_gives_the_customary_settings() -> None:
    assert PageHinkley.calibrated(np.zeros(40)).threshold == PageHinkley().threshold


@pytest.mark.parametrize("reference", [[], [np.nan, 1.0]])
def test_a_spoilt_reference_is_refused(reference) -> None:
    with pytest.raises(StatisticsError):
        PageHinkley.calibrated(reference)
