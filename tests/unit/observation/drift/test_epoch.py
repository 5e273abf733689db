from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.observation.drift import epoch
from holdfast.observation.drift.epoch import begin, share
from holdfast.statistics.drift.betting_bins import BettingBins


@given(st.integers(0, 3_000_000), st.integers(20, 100_000))
def test_one_to_two_epochs_are_looked_at(rows, window) -> None:
    length = max(epoch.LENGTH, window)
    looked = rows - begin(rows, window=window)
    assert looked == rows or length <= looked < 2 * length
    assert begin(rows, window=window) % length == 0


@given(st.integers(1, 500), st.integers(20, 3_000))
def test_no_more_capital_is_spread_than_there_is(epochs, window) -> None:
    length = max(epoch.LENGTH, window)
    shares = [share(n * length, window=window) for n in range(epochs)]
    assert sum(shares) < 1
    assert shares == sorted(shares, reverse=True)


def test_evidence_begun_anew_is_false_no_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of unchanged streams in which the evidence ever reaches 1/alpha stays below it."""
    monkeypatch.setattr(epoch, "LENGTH", 50)
    rng = np.random.default_rng(0)
    usual = [40.0, 40.0, 20.0]
    ever = 0
    for seed in range(100):
        past = rng.multinomial(100, np.array(usual) / 100)
        rows = rng.choice(3, 400, p=np.array(usual) / 100)
        most = 0.0
        for begun in range(0, 400, 50):
            bets = BettingBins(past, seed=seed)
            for row in range(begun, min(begun + 100, 400), 10):
                bets.extend(rows[row : row + 10])
                if begin(row + 10, window=20) == begun:
                    most = max(most, share(begun, window=20) * bets.value)
        ever += most >= 10
    assert ever / 100 <= 0.1
