from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import zt_ind_solve_power

from holdfast.errors import StatisticsError
from holdfast.statistics.power import (
    minimum_detectable_effect,
    paired_variance,
    power,
    sample_size,
)


def test_a_drop_from_90_to_85_percent_needs_about_250_cases() -> None:
    # 8 % of cases lost and 3 % gained.
    correlation = (0.82 - 0.90 * 0.85) / math.sqrt(0.09 * 0.1275)
    variance = paired_variance(0.90, 0.85, correlation=correlation)
    assert variance == pytest.approx(0.11 - 0.05**2)
    assert sample_size(variance=variance, margin=0.05) == 266


def test_one_sample_size_is_statsmodels() -> None:
    expected = zt_ind_solve_power(
        effect_size=0.2, alpha=0.05, power=0.9, ratio=0, alternative="larger"
    )
    assert sample_size(variance=0.25, margin=0.1, power=0.9) == math.ceil(expected)


@given(st.floats(0.01, 1), st.floats(0.005, 0.5), st.floats(0.6, 0.99), st.floats(0.55, 0.99))
def test_the_three_answers_agree(variance, margin, confidence, wanted) -> None:
    n = sample_size(variance=variance, margin=margin, confidence=confidence, power=wanted)
    assert power(n, variance=variance, margin=margin, confidence=confidence) >= wanted - 1e-9
    if n > 1:
        assert power(n - 1, variance=variance, margin=margin, confidence=confidence) < wanted + 1e-9
    effect = minimum_detectable_effect(n, variance=variance, confidence=confidence, power=wanted)
    assert effect <= margin * (1 + 1e-9)


def test_the_variance_is_that_of_simulated_pairs() -> None:
    rng = np.random.default_rng(0)
    shared = rng.random(200_000)
    first, second = shared < 0.9, np.where(rng.random(200_000) < 0.6, shared, rng.random()) < 0.85
    correlation = float(np.corrcoef(first, second)[0, 1])
    difference = second.astype(float) - first
    expected = paired_variance(first.mean(), second.mean(), correlation=correlation)
    assert difference.var() == pytest.approx(expected)


@pytest.mark.parametrize("settings", [{"variance": 0}, {"margin": 0}, {"power": 1}, {"margin": -1}])
def test_settings_are_checked(settings) -> None:
    with pytest.raises(StatisticsError):
        sample_size(**{"variance": 0.1, "margin": 0.05, **settings})


def test_rates_and_correlations_that_cannot_be_are_refused() -> None:
    with pytest.raises(StatisticsError, match=r"rate is 1\.2"):
        paired_variance(1.2, 0.5)
    with pytest.raises(StatisticsError, match=r"correlation is 0\.9, .* cannot have"):
        paired_variance(0.9, 0.5, correlation=0.9)
    with pytest.raises(StatisticsError, match="needs no cases"):
        sample_size(variance=0.1, margin=0.1, confidence=0.5, power=0.4)
