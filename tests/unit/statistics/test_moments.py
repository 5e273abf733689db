from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from holdfast.errors import StatisticsError
from holdfast.statistics.moments import Groups, group, guard_weight, moments


def test_rows_of_their_own_give_the_ordinary_standard_error() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=37)
    found = moments(group(values, None))
    assert found.mean == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(stats.sem(values))
    assert found.skewness == pytest.approx(stats.skew(values))
    assert found.degrees == pytest.approx(36)
    assert (found.groups, found.rows) == (37, 37)


def test_equal_clusters_give_the_standard_error_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(12), 5)
    values = rng.normal(size=12)[clusters] + rng.normal(size=60)
    fit = sm.OLS(values, np.ones(60)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    found = moments(group(values, clusters))
    # Of equal clusters the correction is G / (G - 1).
    assert found.standard_error == pytest.approx(float(fit.bse[0]) * np.sqrt(12 / 11))
    assert found.degrees == pytest.approx(11)


def test_unequal_clusters_follow_bell_and_mccaffrey() -> None:
    rng = np.random.default_rng(2)
    sizes = np.array([1, 2, 8, 3, 20, 5])
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    n = len(clusters)
    values = rng.normal(size=n)
    # The long way: A_c = (I - H_cc)^(-1/2), Satterthwaite over the eigenvalues.
    annihilator = np.eye(n) - 1 / n
    variance, columns = 0.0, []
    for c in range(len(sizes)):
        rows = clusters == c
        leverage, vectors = np.linalg.eigh(np.eye(sizes[c]) - 1 / n)
        adjust = vectors @ np.diag(leverage**-0.5) @ vectors.T
        weights = adjust @ np.ones(sizes[c]) / n
        variance += (weights @ (values - values.mean())[rows]) ** 2
        columns.append(annihilator[:, rows] @ weights)
    eigenvalues = np.linalg.eigvalsh(np.array(columns) @ np.array(columns).T)
    found = moments(group(values, clusters))
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.degrees == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def test_equal_values_have_no_spread_whatever_the_rounding() -> None:
    found = moments(group(np.full(7, 0.1), None))
    assert found.standard_error == 0
    assert found.skewness == 0


def test_guards_widen_and_do_not_count_as_data() -> None:
    groups = group(np.zeros(100), None)
    guards = Groups(np.array([-1.0, 1.0]), np.ones(2))
    found = moments(groups, guards=guards, weight=guard_weight(0.05))
    limit = 1.6449 * found.standard_error
    assert limit == pytest.approx(-np.log(0.05) / 100, rel=0.03)
    assert found.groups == 100
    assert found.degrees == pytest.approx(99)


def test_one_cluster_is_refused() -> None:
    with pytest.raises(StatisticsError, match="1 cluster; at least two"):
        moments(group(np.array([1.0, 2.0]), ["a", "a"]))


@given(st.lists(st.integers(0, 4), min_size=3, max_size=30).filter(lambda c: len(set(c)) > 1))
def test_the_mean_never_depends_on_clusters(clusters) -> None:
    values = np.linspace(0, 1, len(clusters))
    assert moments(group(values, clusters)).mean == pytest.approx(values.mean())
