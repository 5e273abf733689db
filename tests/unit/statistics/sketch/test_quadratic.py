from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from holdfast.statistics.sketch.quadratic import tail


@pytest.mark.parametrize("freedom", [1, 4, 30])
def test_equal_weights_are_chi_square(freedom: int) -> None:
    for value in (0.5, 3.0, 60.0):
        wanted = stats.chi2.sf(value, freedom)
        assert tail(2 * value, np.full(freedom, 2.0)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("far", [0.2, 0.05, 0.01, 0.001])
def test_the_tail_is_that_of_a_simulation(far: float) -> None:
    weights = 1 / (np.arange(1, 20) * np.arange(2, 21))
    drawn = (np.random.default_rng(0).normal(size=(200_000, 19)) ** 2) @ weights
    assert tail(float(np.quantile(drawn, 1 - far)), weights) == pytest.approx(far, rel=0.12)


def test_far_out_it_falls_as_the_largest_weight_says() -> None:
    weights = np.array([0.5, 0.1, 0.1])
    assert tail(80.0, weights) / tail(82.0, weights) == pytest.approx(np.exp(2.0), rel=0.05)


def test_nothing_to_weigh_is_no_evidence() -> None:
    assert tail(1.0, np.zeros(3)) == 1.0
    assert tail(0.0, np.ones(3)) == 1.0
