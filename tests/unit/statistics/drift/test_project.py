from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.project import project, thin


def test_axes_are_the_principal_ones() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(120, 20)) * np.linspace(3, 0.1, 20)
    a, b = project(rows[:70], rows[70:], dimensions=5)
    expected = PCA(5).fit(rows).explained_variance_
    assert np.sort(np.concatenate([a, b]).var(axis=0, ddof=1))[::-1] == pytest.approx(expected)


def test_few_columns_are_kept_as_they_are() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(10, 3)), rng.normal(size=(12, 3))
    a, b = project(first, second)
    assert a[0] - b[0] == pytest.approx(first[0] - second[0])


def test_fewer_rows_than_dimensions_are_no_problem() -> None:
    a, b = project(np.eye(3, 100), np.eye(4, 100), dimensions=32)
    assert a.shape == (3, 32)
    assert np.isfinite(b).all()


def test_inputs_are_left_alone() -> None:
    first, second = np.ones((3, 2)), np.zeros((3, 2))
    project(first, second)
    assert (first == 1).all()
    assert (second == 0).all()


def test_thinning_draws_rows_in_their_order() -> None:
    rows = np.arange(100.0)[:, None]
    few = thin(rows, most=10, rng=np.random.default_rng(2))
    assert len(np.unique(few)) == 10
    assert (np.diff(few[:, 0]) > 0).all()
    assert thin(rows, most=100, rng=np.random.default_rng(2)) is rows


def test_columns_must_match() -> None:
    with pytest.raises(StatisticsError, match="2 columns against 3"):
        project(np.zeros((4, 2)), np.zeros((4, 3)))
