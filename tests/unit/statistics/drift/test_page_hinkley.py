from __future__ import annotations

import numpy as np
import pytest

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
