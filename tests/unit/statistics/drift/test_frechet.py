from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import linalg

from holdfast.statistics.drift import frechet


def test_the_distance_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 4)), rng.normal(0.3, 1, size=(60, 4))
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    gap = a.mean(axis=0) - b.mean(axis=0)
    expected = gap @ gap + np.trace(s + t - 2 * np.real(linalg.sqrtm(s @ t)))
    assert frechet.compare(a, b).statistic == pytest.approx(expected)


def test_in_one_dimension_it_is_the_squared_distance_of_means_and_deviations() -> None:
    a, b = np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0])
    expected = (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet.compare(a, b).statistic == pytest.approx(expected)


def test_more_columns_than_rows_are_no_problem() -> None:
    rng = np.random.default_rng(1)
    score = frechet.compare(rng.normal(size=(10, 200)), rng.normal(size=(8, 200)))
    assert np.isfinite(score.statistic)


def test_large_samples_are_thinned_and_still_counted() -> None:
    rng = np.random.default_rng(5)
    reference, current = rng.normal(size=(3_000, 4)), rng.normal(size=(2_000, 4))
    score = frechet.compare(reference, current, most=100)
    assert (score.reference_rows, score.current_rows) == (3_000, 2_000)
    few = frechet.compare(reference[:100], current[:100]).chance
    assert few is not None
    assert score.chance == replace(few, seen=0.05)
