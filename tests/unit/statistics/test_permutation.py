from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.permutation import block_means, deal_rows, deal_tables, p_value


def test_the_observed_deal_counts_itself() -> None:
    assert p_value(5.0, np.zeros(99)) == 0.01
    assert p_value(0.0, np.zeros(99)) == 1.0


def test_a_difference_in_the_last_digit_is_a_tie() -> None:
    assert p_value(0.1 + 0.2, np.array([0.3])) == 1.0


def test_deals_keep_the_sizes() -> None:
    halves = deal_rows(3, 10, deals=50, rng=np.random.default_rng(0))
    assert halves.shape == (50, 10)
    assert (halves.sum(axis=1) == 3).all()
    assert len(np.unique(halves, axis=0)) > 20


def test_tables_keep_the_margins() -> None:
    table = np.array([[5, 0, 2], [1, 4, 3]])
    dealt = deal_tables(table, deals=40, rng=np.random.default_rng(0))
    assert (dealt.sum(axis=1) == table.sum(axis=0)).all()
    assert (dealt.sum(axis=2) == table.sum(axis=1)).all()


def test_block_means_are_those_of_the_blocks() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.random((7, 7))
    matrix = matrix + matrix.T
    half = np.array([True, False, True, True, False, False, False])
    first, second, across = block_means(matrix, half[None])
    assert first[0] == pytest.approx(matrix[np.ix_(half, half)].mean())
    assert second[0] == pytest.approx(matrix[np.ix_(~half, ~half)].mean())
    assert across[0] == pytest.approx(matrix[np.ix_(half, ~half)].mean())
