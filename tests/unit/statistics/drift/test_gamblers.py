from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.statistics.drift.gamblers import Gamblers


def test_uniform_ranks_win_nothing_on_average() -> None:
    rng = np.random.default_rng(0)
    ends = []
    for _ in range(2_000):
        gamblers = Gamblers()
        for rank in rng.random(6):
            gamblers.update(rank)
        ends.append(gamblers.value)
    assert np.mean(ends) == pytest.approx(1.0, abs=0.1)
    assert np.mean([end >= 20 for end in ends]) <= 0.05


@pytest.mark.parametrize("ranks", [[0.9], [0.1], [0.05, 0.95], [0.45, 0.55]])
def test_high_low_outer_and_inner_ranks_are_evidence(ranks) -> None:
    gamblers = Gamblers()
    for rank in ranks * (60 // len(ranks)):
        gamblers.update(rank)
    assert gamblers.value > 1_000


@given(st.lists(st.floats(0, 1), max_size=60), st.integers(0, 60))
def test_ranks_together_are_ranks_one_by_one(ranks, cut) -> None:
    single, together = Gamblers(), Gamblers()
    path = []
    for rank in ranks:
        single.update(rank)
        path.append(single.value)
    parts = np.array(ranks[:cut]), np.array(ranks[cut:])
    found = np.concatenate([together.extend(part) for part in parts])
    assert found == pytest.approx(path)
    assert together.value == pytest.approx(single.value)
