from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.bins import shares


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50),
)
def test_every_row_falls_into_a_bin(reference, current) -> None:
    found = shares(reference, current)
    assert (found.reference_rows, found.current_rows) == (len(reference), len(current))
    assert found.reference.sum() == pytest.approx(1)
    assert found.current.sum() == pytest.approx(1)
    assert (found.reference > 0).all()


def test_quantile_bins_hold_equally_many_reference_rows() -> None:
    reference = np.random.default_rng(0).normal(size=1_000)
    found = shares(reference, reference)
    assert found.bins == 10
    assert found.reference == pytest.approx(np.full(10, 0.1))


def test_rows_beyond_the_reference_have_bins_of_their_own() -> None:
    found = shares(np.linspace(0, 1, 100), [-1.0, 2.0, 0.5])
    assert found.bins == 12


def test_few_values_are_bins_of_their_own() -> None:
    found = shares([0] * 95 + [1] * 5, [0] * 70 + [1] * 30)
    assert found.reference == pytest.approx([95.5 / 101, 5.5 / 101])
    assert found.current == pytest.approx([70.5 / 101, 30.5 / 101])


def test_truth_values_and_names_are_categories() -> None:
    assert shares([True, False], [True, True]).bins == 2
    assert shares(["a", "b"], ["a", "c"]).bins == 3


def test_bins_are_checked() -> None:
    with pytest.raises(StatisticsError, match="bins is 1"):
        shares([1.0, 2.0, 3.0], [1.0], bins=1)
    with pytest.raises(StatisticsError, match="nan"):
        shares([1.0, float("nan")], [1.0])
    with pytest.raises(StatisticsError, match="0 rows"):
        shares([], ["a"])
