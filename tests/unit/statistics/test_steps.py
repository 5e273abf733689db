from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from holdfast.statistics import steps as module
from holdfast.statistics.steps import gap_p_values, steps


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 9), (50, 120), (300, 40)])
def test_gap_area_and_exact_p_value_are_scipys_without_ties(n, m) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=n), rng.normal(0.3, 1, size=m)
    found = steps(a, b)
    expected = stats.ks_2samp(a, b, method="exact")
    assert found.sizes == (n, m)
    assert found.gap / (n * m) == pytest.approx(expected.statistic)
    assert found.area == pytest.approx(stats.wasserstein_distance(a, b))
    assert gap_p_values(found)[1] == pytest.approx(expected.pvalue)


def test_with_ties_the_exact_p_value_is_that_of_deals() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.poisson(mean, n).astype(float) for mean, n in ((1.2, 60), (1.6, 100)))
    found = steps(a, b)
    exact = gap_p_values(found)
    dealt = module._dealt(found, found.gap, 0)
    assert exact == pytest.approx(dealt, abs=0.03)
    # Without allowing for ties it would be far too careful.
    assert exact[1] < 0.7 * stats.ks_2samp(a, b, method="asymp").pvalue


@pytest.mark.parametrize("values", [None, 300, 30])
def test_large_samples_agree_with_counted_deals(values, monkeypatch) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=800), rng.normal(0.1, 1, size=900)
    if values:
        a, b = np.round(a * values / 6), np.round(b * values / 6)
    found = steps(a, b)
    above, least = gap_p_values(found)
    monkeypatch.setattr(module, "_EXACT", 1)
    limit = gap_p_values(found)
    assert 0.9 * above - 0.01 <= limit[0] <= limit[1] <= 1.1 * least + 0.01


def test_nothing_apart_is_sure_and_everything_apart_is_not_impossible() -> None:
    same = np.full(30, 0.7)
    assert gap_p_values(steps(same, same)) == (1.0, 1.0)
    assert 0 < gap_p_values(steps(np.zeros(60), np.ones(60)))[1] < 1e-9
