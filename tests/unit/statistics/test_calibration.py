from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from holdfast.errors import StatisticsError
from holdfast.statistics.calibration import calibration

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_true_probabilities_have_a_small_error_and_false_ones_a_large() -> None:
    rng = np.random.default_rng(0)
    stated = rng.random(20_000)
    true = rng.random(20_000) < stated
    assert calibration(stated, true).error < 0.02
    assert calibration(np.ones(20_000), true).error == pytest.approx(0.5, abs=0.02)


def test_bins_hold_equally_many_rows() -> None:
    found = calibration(np.linspace(0, 1, 100), np.zeros(100))
    assert [b.n for b in found.bins] == [10] * 10
    assert found.error == pytest.approx(0.5)


def test_equal_probabilities_share_a_bin() -> None:
    found = calibration([0.2] * 5 + [0.7] * 5, [1, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    assert [(b.n, b.came_true) for b in found.bins] == [(5, 0.2), (5, 0.8)]
    assert found.error == pytest.approx(0.05)
    assert found.worst == pytest.approx(0.1)


@given(ROWS, st.integers(1, 12))
@example([(0.0, False), (0.0, True), (0.75, True)], 1)
def test_every_row_is_in_one_bin(rows, bins) -> None:
    stated, true = zip(*rows, strict=True)
    found = calibration(stated, true, bins=bins)
    assert sum(b.n for b in found.bins) == len(rows)
    assert len(found.bins) <= bins
    assert 0 <= found.error <= found.worst <= 1
    assert found.brier == pytest.approx(brier_score_loss(true, stated, labels=[0, 1]))


@pytest.mark.parametrize(
    ("stated", "true"),
    [([], []), ([1.1], [1]), ([0.5], [1, 0]), ([float("nan")], [1]), ([0.5], [2])],
)
def test_rows_are_checked(stated, true) -> None:
    with pytest.raises(StatisticsError):
        calibration(stated, true)
