from __future__ import annotations

import numpy as np

from holdfast.statistics.drift import mmd


def test_a_change_of_spread_in_many_dimensions_is_seen() -> None:
    rng = np.random.default_rng(0)
    score = mmd.compare(rng.normal(size=(300, 256)), rng.normal(0, 1.3, size=(300, 256)))
    assert score.p_value < 0.01


def test_two_clusters_that_swap_weight_are_seen() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(2, 64)) * 2

    def topics(share):
        return centres[(rng.random(200) < share).astype(int)] + rng.normal(size=(200, 64))

    assert mmd.compare(topics(0.3), topics(0.7)).p_value < 0.01


def test_large_samples_are_thinned_and_still_counted() -> None:
    rng = np.random.default_rng(2)
    score = mmd.compare(rng.normal(size=(3_000, 8)), rng.normal(size=(2_000, 8)), most=100)
    assert (score.reference_rows, score.current_rows) == (3_000, 2_000)
