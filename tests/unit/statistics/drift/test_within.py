from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.within import within


def far(values: np.ndarray) -> np.ndarray:
    return (values[:, None] != values).astype(float)


def groups(rng: np.random.Generator, *, new: float, old: float = 0.2, size: int = 6) -> list:
    """Eight groups of yes and no, with other shares of yes."""
    return [
        (far(np.r_[rng.random(10) < old, rng.random(size) < new].astype(int)), 10) for _ in range(8)
    ]


def test_unchanged_groups_alarm_as_rarely_as_they_should() -> None:
    rng = np.random.default_rng(0)
    told = [within(groups(rng, new=0.2), deals=99, seed=n).p_value for n in range(400)]
    assert np.mean(np.array(told) <= 0.1) == pytest.approx(0.1, abs=0.035)


def test_a_change_is_found_and_its_size_is_that_of_the_shares() -> None:
    rng = np.random.default_rng(1)
    found = within(groups(rng, new=0.7, size=60))
    assert found.p_value == 0.001
    assert found.effect == pytest.approx(0.5, abs=0.08)
    assert (found.usual, found.across) == pytest.approx((2 * 0.2 * 0.8, 0.62), abs=0.1)


def test_answers_that_vary_no_more_are_a_change_too() -> None:
    rng = np.random.default_rng(2)
    found = within([(far(np.r_[rng.integers(2, size=12), np.zeros(8)]), 12) for _ in range(8)])
    assert found.p_value < 0.01


def test_one_new_row_is_enough() -> None:
    alone = within([(far(np.array([0, 0, 0, 1])), 3)] * 20)
    assert alone.p_value == 0.001
    assert alone.effect == 1.0
    assert within([(far(np.zeros(4)), 3)]).p_value == 1.0


@pytest.mark.parametrize("given", [[], [(np.zeros((3, 3)), 3)], [(np.zeros((3, 3)), 1)]])
def test_groups_are_checked(given) -> None:
    with pytest.raises(StatisticsError):
        within(given)
