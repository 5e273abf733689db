from __future__ import annotations

from holdfast.evaluation.scorers.latency import Latency
from tests.support.samples import sample


def test_seconds() -> None:
    assert Latency()(sample(seconds=1.5)).value == 1.5
