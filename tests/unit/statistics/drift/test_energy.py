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
    assert (score.statistic, score.p_value) == (whole.statistic, whole.p_value)


def test_large_samples_are_thinned_and_still_counted() -> None:
    rng = np.random.default_rng(1)
    score = energy.compare(rng.normal(size=20_000), rng.normal(1, 1, size=10_000), most=200)
    assert (score.reference_rows, score.current_rows) == (20_000, 10_000)
    assert score.p_value < 0.01


def test_point_masses_apart_have_an_effect_of_1() -> None:
    assert energy.compare(np.zeros(40), np.ones(40)).effect == pytest.approx(1)
