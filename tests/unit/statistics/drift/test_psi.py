from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.drift import psi
from holdfast.statistics.drift.bins import shares


def test_the_index_is_that_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=500), rng.normal(0.4, 1.2, size=200)
    found = shares(reference, current)
    r, c = found.reference, found.current
    score = psi.compare(reference, current)
    assert score.statistic == pytest.approx(((c - r) * np.log(c / r)).sum())


def test_swapping_samples_of_labels_changes_nothing() -> None:
    first, second = ["a"] * 70 + ["b"] * 30, ["a"] * 40 + ["b"] * 60
    assert psi.compare(first, second).statistic == psi.compare(second, first).statistic


def test_the_effect_has_what_chance_gives_taken_off() -> None:
    rng = np.random.default_rng(1)
    scores = [psi.compare(rng.normal(size=1_000), rng.normal(size=50)) for _ in range(200)]
    assert np.mean([score.statistic for score in scores]) == pytest.approx(9 * 0.021, rel=0.15)
    assert np.median([score.effect for score in scores]) < 0.01
