from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.drift import wasserstein


def test_a_shift_is_measured_in_deviations_of_the_reference() -> None:
    reference = np.random.default_rng(0).normal(50, 4, size=300)
    score = wasserstein.compare(reference, reference + 2)
    assert score.statistic == pytest.approx(2 / reference.std())
    assert score.effect == score.statistic


def test_the_unit_of_the_values_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    reference, current = rng.gamma(2, size=200), rng.gamma(3, size=100)
    assert wasserstein.compare(reference, current).statistic == pytest.approx(
        wasserstein.compare(reference * 1000, current * 1000).statistic
    )


def test_a_constant_reference_is_measured_in_deviations_of_all() -> None:
    assert wasserstein.compare([1.0] * 10, [2.0] * 10).statistic == pytest.approx(2)
