from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from holdfast.statistics.distribution import contingency
from holdfast.statistics.drift import chi_square


def test_frequent_labels_are_tested_as_scipy_does() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.choice(list("abc"), size=90), rng.choice(list("abc"), 70, p=[0.5, 0.3, 0.2])
    table = contingency(first, second)
    expected = stats.chi2_contingency(table, correction=False)
    found = chi_square.compare(first, second)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.effect == pytest.approx(stats.contingency.association(table, method="cramer"))


def test_rare_labels_are_dealt() -> None:
    first, second = ["a"] * 20, ["a"] * 17 + ["b"] * 3
    exact = stats.fisher_exact(contingency(first, second)).pvalue
    found = chi_square.compare(first, second, permutations=4_000)
    # No deal is further off, and equal ones are told apart by lot.
    assert 0 < found.p_value <= exact + 0.03


def test_a_new_label_counts() -> None:
    score = chi_square.compare(["a"] * 200, ["a"] * 80 + ["new"] * 20)
    assert score.p_value < 0.001
