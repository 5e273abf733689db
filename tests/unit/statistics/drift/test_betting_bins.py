from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from holdfast.errors import StatisticsError
from holdfast.statistics.drift.betting_bins import BettingBins


def test_no_more_than_alpha_of_unchanged_streams_ever_alarm() -> None:
    rng = np.random.default_rng(0)
    share = [0.5, 0.3, 0.15, 0.05]
    ever = []
    for seed in range(150):
        usual = np.bincount(rng.choice(4, 100, p=share), minlength=4)
        detector = BettingBins(usual, alpha=0.05, seed=seed)
        for code in rng.choice(4, 200, p=share).tolist():
            detector.update(code)
        ever.append(detector.drifted)
    assert np.mean(ever) <= 0.06


def test_a_change_is_found_soon() -> None:
    rng = np.random.default_rng(1)
    detector = BettingBins([100, 60, 30, 10])
    for code in rng.choice(4, 300, p=[0.1, 0.2, 0.3, 0.4]).tolist():
        detector.update(code)
    assert detector.alarm_at is not None
    assert detector.alarm_at < 60


def test_rows_that_resemble_neighbours_are_spaced() -> None:
    rng = np.random.default_rng(2)
    alarms = {1: 0, 18: 0}
    for seed in range(40):
        wave = signal.lfilter([1], [1, -0.8], rng.normal(size=2_200))[200:]
        edges = np.quantile(wave[:1_000], np.arange(1, 8) / 8)
        codes = np.searchsorted(edges, wave)
        for spacing in alarms:
            detector = BettingBins(
                np.bincount(codes[:1_000], minlength=8), spacing=spacing, alpha=0.05, seed=seed
            )
            for code in codes[1_000:].tolist():
                detector.update(code)
            alarms[spacing] += detector.drifted
    assert alarms[1] > 20
    assert alarms[18] <= 5


@pytest.mark.parametrize("counts", [[], [-1, 2], [[[1]]]])
def test_counts_are_checked(counts) -> None:
    with pytest.raises(StatisticsError, match="counts are"):
        BettingBins(counts)


def test_a_bin_that_is_not_there_is_refused() -> None:
    with pytest.raises(StatisticsError, match="bin is 2 of group 0; there are 2"):
        BettingBins([1, 1]).update(2)


def test_groups_are_ranked_each_among_its_own() -> None:
    """Nights are unlike days: who knows that is calm at night, and hears what is new by day."""
    usual = [[90, 10], [10, 90]]
    known, naive, moved = (BettingBins(c, seed=1) for c in (usual, [100, 100], usual))
    rng = np.random.default_rng(2)
    for code in rng.choice(2, 60, p=[0.1, 0.9]).tolist():
        known.update(code, group=1)
        naive.update(code)
        moved.update(code, group=0)
    assert known.value < 10
    assert not known.drifted
    assert naive.drifted
    assert moved.drifted
    with pytest.raises(StatisticsError, match="of group 2; there are 2 bins and 2 groups"):
        known.update(0, group=2)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=60),
    st.integers(0, 60),
    st.integers(1, 4),
)
def test_rows_together_are_rows_one_by_one(rows, cut, spacing) -> None:
    usual = [[20, 5, 3], [2, 9, 9]]
    single, together = (BettingBins(usual, spacing=spacing, alpha=0.3, seed=4) for _ in range(2))
    for place, group in rows:
        single.update(place, group=group)
    for part in (rows[:cut], rows[cut:]):
        together.extend([place for place, _ in part], groups=[group for _, group in part])
    assert together.value == pytest.approx(single.value)
    assert (together.rows, together.alarm_at) == (single.rows, single.alarm_at)
