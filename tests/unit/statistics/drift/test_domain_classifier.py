from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.statistics.drift import domain_classifier


def test_equal_samples_cannot_be_told_apart() -> None:
    rng = np.random.default_rng(0)
    score = domain_classifier.compare(rng.normal(size=(800, 128)), rng.normal(size=(800, 128)))
    assert score.statistic == pytest.approx(0.5, abs=0.06)
    assert score.effect < 0.12


def test_other_samples_are_told_apart_completely() -> None:
    rng = np.random.default_rng(1)
    score = domain_classifier.compare(rng.normal(size=(100, 32)), rng.normal(3, 1, size=(100, 32)))
    assert score.statistic == 1
    assert score.effect == 1


def test_more_columns_than_rows_are_no_problem() -> None:
    rng = np.random.default_rng(2)
    score = domain_classifier.compare(rng.normal(size=(20, 300)), rng.normal(size=(10, 300)))
    assert 0 <= score.statistic <= 1


def test_an_unbalanced_change_is_seen() -> None:
    rng = np.random.default_rng(3)
    score = domain_classifier.compare(rng.normal(size=(2_000, 16)), rng.normal(0.6, 1, (60, 16)))
    assert score.p_value < 0.01


def test_large_samples_are_thinned_and_still_counted() -> None:
    rng = np.random.default_rng(5)
    reference, current = rng.normal(size=(3_000, 4)), rng.normal(size=(2_000, 4))
    score = domain_classifier.compare(reference, current, most=100)
    assert (score.reference_rows, score.current_rows) == (3_000, 2_000)
    few = domain_classifier.compare(reference[:100], current[:100]).chance
    assert few is not None
    assert score.chance == replace(few, seen=0.05)
