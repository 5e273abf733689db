from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import distance

from holdfast.statistics.drift import jensen_shannon
from holdfast.statistics.drift.bins import shares


def test_the_distance_is_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.choice(list("abcd"), 200), rng.choice(list("bcde"), 150)
    found = shares(first, second)
    expected = distance.jensenshannon(found.reference, found.current, base=2)
    assert jensen_shannon.compare(first, second).statistic == pytest.approx(expected)


def test_disjoint_samples_are_nearly_1_apart() -> None:
    assert jensen_shannon.compare(["a"] * 500, ["b"] * 500).statistic > 0.98


def test_the_effect_has_what_chance_gives_taken_off() -> None:
    rng = np.random.default_rng(1)
    scores = [
        jensen_shannon.compare(rng.normal(size=900), rng.normal(size=100)) for _ in range(100)
    ]
    assert np.median([score.statistic for score in scores]) > 0.09
    assert np.median([score.effect for score in scores]) < 0.04
