from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.sketch.contrast import contrast
from holdfast.statistics.sketch.mixture import mixture
from holdfast.statistics.sketch.number import NumberLayout
from holdfast.statistics.sketch.points import PointSketch

RNG = np.random.default_rng(0)
LOW, HIGH = RNG.normal(0, 1, 300), RNG.normal(5, 2, 600)
LAYOUT = NumberLayout.of(np.concatenate([LOW, HIGH]))


def test_the_mix_in_which_they_came_is_the_whole() -> None:
    parts = [LAYOUT.sketch(LOW), LAYOUT.sketch(HIGH)]
    whole, mixed = LAYOUT.sketch(np.concatenate([LOW, HIGH])), mixture(parts, [1, 2])
    assert mixed.n == whole.n
    np.testing.assert_allclose(mixed.counts, whole.counts)
    assert (mixed.mean, mixed.squares) == pytest.approx((whole.mean, whole.squares))
    rows = [RNG.normal(size=(40, 8)), RNG.normal(1, 1, size=(80, 8))]
    points = mixture([PointSketch.of(one) for one in rows], [1, 2])
    told = PointSketch.of(np.concatenate(rows))
    np.testing.assert_allclose(points.mean, told.mean)
    np.testing.assert_allclose(points.scatter, told.scatter)


def test_another_mix_has_fewer_rows_that_count() -> None:
    parts = [LAYOUT.sketch(LOW), LAYOUT.sketch(HIGH)]
    mixed = mixture(parts, [9, 1])
    assert mixed.n == round(1 / (0.9**2 / 300 + 0.1**2 / 600))
    assert mixed.mean == pytest.approx(0.9 * LOW.mean() + 0.1 * HIGH.mean())
    rows = np.concatenate([RNG.normal(0, 1, 180), RNG.normal(5, 2, 20)])
    assert contrast(mixed, LAYOUT.sketch(rows), dependence=1.0).p_value > 0.05
    assert contrast(mixture(parts, [1, 9]), LAYOUT.sketch(rows), dependence=1.0).p_value < 1e-6


def test_one_part_is_itself() -> None:
    one = LAYOUT.sketch(LOW)
    assert mixture([one], [3]) is one


@pytest.mark.parametrize("shares", [[], [1], [0, 0]])
def test_shares_are_checked(shares) -> None:
    with pytest.raises(StatisticsError, match="give each part a share"):
        mixture([LAYOUT.sketch(LOW), LAYOUT.sketch(HIGH)], shares)
    with pytest.raises(StatisticsError, match="parts that have rows"):
        mixture([LAYOUT.sketch(LOW[:0])], [1])
