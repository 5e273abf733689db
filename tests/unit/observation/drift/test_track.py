from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.observation.drift.track import track


def test_a_bias_that_hurts_is_paged_soon() -> None:
    rng = np.random.default_rng(0)
    for sign in (1, -1):
        later = np.r_[rng.normal(size=2_000), rng.normal(sign, 1, 200)]
        found = track(rng.normal(size=2_000), later)
        assert 2_000 < found.pages[0] < 2_160


def test_a_bias_that_does_not_hurt_is_a_ticket() -> None:
    rng = np.random.default_rng(1)
    found = track(rng.normal(size=3_000), rng.normal(0.15, 1, 6_000))
    assert found.pages == ()
    assert found.tickets


def test_calm_errors_page_nobody() -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        assert track(rng.normal(size=2_000), rng.normal(size=5_000)).pages == ()


def test_losses_without_a_sign_are_watched_on_one_side() -> None:
    rng = np.random.default_rng(3)
    calm = np.abs(rng.normal(size=4_000))
    worse = np.abs(rng.normal(0, 2, 300))
    assert track(calm[:2_000], np.r_[calm[2_000:], worse]).pages[0] >= 2_000


def test_a_reference_without_errors_is_refused() -> None:
    with pytest.raises(StatisticsError, match="no errors"):
        track(np.zeros(500), np.ones(5))
