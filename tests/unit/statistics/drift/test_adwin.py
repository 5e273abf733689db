from __future__ import annotations

import sys

import numpy as np
import pytest

from holdfast.errors import StatisticsError, UsageError
from holdfast.statistics.drift.adwin import Adwin


def test_without_river_the_error_says_what_to_do(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "river.drift", None)
    with pytest.raises(UsageError, match=r"pip install 'holdfast\[drift\]'"):
        Adwin()


def test_delta_is_checked_before_anything_is_loaded() -> None:
    with pytest.raises(StatisticsError, match="delta is 2"):
        Adwin(delta=2)


def test_it_is_rivers() -> None:
    drift = pytest.importorskip("river.drift")
    rng = np.random.default_rng(0)
    ours, theirs, at = Adwin(), drift.ADWIN(), None
    for i, x in enumerate(np.concatenate([rng.random(800) < 0.1, rng.random(800) < 0.3]), start=1):
        ours.update(x)
        theirs.update(float(x))
        if at is None and theirs.drift_detected:
            at = i
    assert ours.alarm_at == at
    assert ours.value == pytest.approx(theirs.estimation)
