from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from holdfast.errors import StatisticsError
from holdfast.statistics.spending import Spending, chance_left, overall_p_value


def levels(alpha: float, shares, **how) -> list[float]:
    spending = Spending(alpha, **how)
    return [spending.level(share) for share in shares]


def test_equal_looks_have_the_published_bounds() -> None:
    # Kim and DeMets' linear spending, five looks, one-sided 0.025 (gsDesign's sfPower with 1).
    found = norm.isf(levels(0.025, [0.2, 0.4, 0.6, 0.8, 1.0], power=1))
    assert found == pytest.approx([2.576, 2.492, 2.411, 2.339, 2.276], abs=2e-3)


@pytest.mark.parametrize("shares", [(0.05, 0.11, 0.6, 1.0), (0.3, 0.35, 0.9, 0.97)])
def test_all_looks_together_spend_what_they_may(shares) -> None:
    bounds = norm.isf(levels(0.05, shares))
    times = np.array(shares)
    same = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    below = multivariate_normal.cdf(bounds, cov=same, abseps=1e-6, releps=1e-6, rng=0)
    assert 1 - below == pytest.approx(0.05 * shares[-1] ** 1.5, rel=2e-3)


def test_one_look_at_all_cases_is_the_plain_test() -> None:
    assert levels(0.05, [1.0])[0] == pytest.approx(0.05, rel=2e-3)
    assert overall_p_value(0.03, [1.0]) == 0.03


def test_the_overall_p_value_is_the_alpha_that_would_just_have_rejected() -> None:
    shares = [0.1, 0.5, 0.7]
    for alpha in (0.2, 0.05, 0.001):
        assert overall_p_value(levels(alpha, shares)[-1], shares) == pytest.approx(alpha, rel=1e-3)
    assert overall_p_value(0.9, shares) == 1.0
    assert overall_p_value(0.0, shares) < 1e-8


def test_small_alphas_and_narrow_looks_still_have_levels() -> None:
    found = levels(0.05 / 400, [0.05, 0.1, 0.975, 1.0])
    assert all(0 < level < 0.05 / 400 for level in found)


def test_looks_go_forward_and_end_with_the_last_case() -> None:
    spending = Spending(0.05)
    spending.level(0.5)
    for share in (0.5, 0.2, 1.1):
        with pytest.raises(StatisticsError, match="looks go on from"):
            spending.level(share)
    with pytest.raises(StatisticsError, match="alpha"):
        Spending(1.0)


def test_what_is_left_decides_as_often_as_it_seems() -> None:
    # A drift of any size is as likely as another: draw it given what was seen.
    rng = np.random.default_rng(0)
    z, share = 1.2, 0.4
    drift = rng.normal(z / np.sqrt(share), 1 / np.sqrt(share), 100_000)
    whole = z * np.sqrt(share) + rng.normal(drift * (1 - share), np.sqrt(1 - share))
    found = chance_left(z, share=share, alpha=0.05)
    assert found == pytest.approx(np.mean(whole > norm.isf(0.05)), abs=0.01)
    with pytest.raises(StatisticsError, match="something is left"):
        chance_left(1.0, share=1.0, alpha=0.05)
