from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.distribution import energy_test
from holdfast.statistics.drift import energy


def test_small_samples_are_used_whole() -> None:
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=60), rng.normal(size=50)
    whole = energy_test(reference, current, permutations=300)
    score = energy.compare(reference, current)
    assert (score.statistic, score.p_value) == pytest.approx((whole.statistic, whole.p_value))


def test_large_samples_are_thinned_and_still_counted() -> None:
    rng = np.random.default_rng(1)
    score = energy.compare(rng.normal(size=20_000), rng.normal(1, 1, size=10_000), most=200)
    assert (score.reference_rows, score.current_rows) == (20_000, 10_000)
    assert score.p_value < 0.01


def test_point_masses_apart_have_an_effect_of_1() -> None:
    assert energy.compare(np.zeros(40), np.ones(40)).effect == pytest.approx(1)


def test_numbers_without_a_p_value_are_sorted_and_give_the_same() -> None:
    rng = np.random.default_rng(2)
    reference, current = rng.integers(0, 9, 80).astype(float), rng.normal(2, 1, size=60)
    quick = energy.compare(reference, current, p_value=False)
    whole = energy.compare(reference, current)
    assert quick.p_value is None
    assert (quick.statistic, quick.effect) == pytest.approx((whole.statistic, whole.effect))
