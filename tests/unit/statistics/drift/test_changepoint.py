from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.changepoint import changepoint


def _series(rng, *, before=80, after=60, shift=1.5):
    return np.concatenate([rng.normal(size=before), rng.normal(shift, 1, size=after)])


def test_the_split_is_the_one_with_the_largest_t() -> None:
    values = _series(np.random.default_rng(0), before=20, after=15)
    n = len(values)
    gaps = {
        k: np.sqrt(k * (n - k) / n) * abs(values[:k].mean() - values[k:].mean())
        for k in range(5, n - 4)
    }
    found = changepoint(values)
    assert found.index == max(gaps, key=gaps.get)
    assert found.before == pytest.approx(values[: found.index].mean())
    assert found.after == pytest.approx(values[found.index :].mean())


def test_a_jump_without_noise_is_found_to_the_row() -> None:
    found = changepoint([0.0] * 30 + [1.0] * 20)
    assert (found.earliest, found.index, found.latest) == (30, 30, 30)


@pytest.mark.parametrize("shift", [1.0, 2.0])
def test_the_range_holds_the_change_as_often_as_it_says(shift) -> None:
    rng = np.random.default_rng(1)
    found = [changepoint(_series(rng, shift=shift), resamples=200, seed=i) for i in range(120)]
    held = np.mean([f.earliest <= 80 <= f.latest for f in found])
    assert held >= 0.82
    assert all(f.earliest <= f.index <= f.latest for f in found)


def test_p_values_are_honest_without_a_change() -> None:
    rng = np.random.default_rng(2)
    p_values = [changepoint(rng.normal(size=60), resamples=99, seed=i).p_value for i in range(100)]
    assert np.mean(np.array(p_values) <= 0.1) <= 0.19


def test_rates_of_failure_are_a_series_too() -> None:
    rng = np.random.default_rng(3)
    failures = np.concatenate([rng.random(300) < 0.05, rng.random(200) < 0.3])
    found = changepoint(failures)
    assert abs(found.index - 300) < 25
    assert found.p_value < 0.01


def test_a_constant_series_has_no_change() -> None:
    assert changepoint(np.full(40, 0.1)).p_value == 1


def test_long_series_are_drawn_in_parts() -> None:
    values = _series(np.random.default_rng(4), before=30_000, after=30_000, shift=0.2)
    found = changepoint(values, resamples=40)
    assert abs(found.index - 30_000) < 500


def test_a_seed_repeats_the_result() -> None:
    values = _series(np.random.default_rng(5))
    assert changepoint(values, seed=3) == changepoint(values, seed=3)


@pytest.mark.parametrize("values", [[], [1.0] * 9, [1.0] * 10 + [float("nan")], ["a"] * 12])
def test_values_are_checked(values) -> None:
    with pytest.raises(StatisticsError):
        changepoint(values)


def test_settings_are_checked() -> None:
    with pytest.raises(StatisticsError, match="strictly between"):
        changepoint(np.arange(20), confidence=1)
    with pytest.raises(StatisticsError, match="least is 0"):
        changepoint(np.arange(20), least=0)
