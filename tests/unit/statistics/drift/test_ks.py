from __future__ import annotations

from holdfast.statistics.drift import ks


def test_disjoint_samples_are_1_apart() -> None:
    score = ks.compare([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0])
    assert score.statistic == score.effect == 1
    assert score.p_value < 0.01
