from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from holdfast.statistics.betting import (
    LARGEST_STAKE,
    Forecast,
    bets,
    log_capital,
    mean_limits,
    predictions,
)

UNIT = hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1))


@given(UNIT)
def test_predictions_are_what_a_forecast_says_before_each_value(values) -> None:
    means, variances = predictions(values)
    forecast = Forecast()
    for x, mean, variance in zip(values, means, variances, strict=True):
        assert forecast.mean == pytest.approx(mean)
        assert forecast.variance == pytest.approx(variance)
        forecast.update(float(x))


def test_capital_is_the_product_of_the_paper() -> None:
    values, stakes, claim = np.array([0.9, 0.1, 0.7]), np.array([0.3, 5.0, 1.0]), 0.4
    product = 1.0
    for x, stake in zip(values, stakes, strict=True):
        product *= 1 + min(stake, LARGEST_STAKE / claim) * (x - claim)
    up = log_capital(values, stakes, claimed=np.array([claim]), upwards=True)
    assert math.exp(up[0, -1]) == pytest.approx(product)


def test_betting_downwards_mirrors_betting_upwards() -> None:
    values = np.random.default_rng(0).random(20)
    stakes, claimed = np.full(20, 0.5), np.array([0.2, 0.7])
    down = log_capital(values, stakes, claimed=claimed, upwards=False)
    up = log_capital(1 - values, stakes, claimed=1 - claimed, upwards=True)
    assert down == pytest.approx(up)


@given(UNIT)
def test_capital_falls_with_the_claimed_mean(values) -> None:
    stakes = bets(values, alpha=0.05)
    capital = log_capital(values, stakes, claimed=np.linspace(0.01, 0.99, 25), upwards=True)
    assert (np.diff(capital, axis=0) <= 1e-9).all()


def test_no_value_can_ruin_the_gambler() -> None:
    values = np.zeros(5)
    capital = log_capital(values, np.full(5, 100.0), claimed=np.array([0.3]), upwards=True)
    assert capital[0, -1] == pytest.approx(5 * math.log(1 - LARGEST_STAKE))


@given(UNIT)
def test_limits_hold_the_mean_of_what_was_seen(values) -> None:
    low, high = mean_limits(values, alpha=0.05)
    assert 0 <= low <= values.mean() + 1e-9
    assert values.mean() - 1e-9 <= high <= 1


def test_limits_close_in_with_more_values() -> None:
    few, many = (
        mean_limits(np.full(20, 0.5), alpha=0.05),
        mean_limits(np.full(500, 0.5), alpha=0.05),
    )
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
