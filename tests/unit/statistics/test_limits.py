from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.limits import RunningLimits


def differences(rng, n: int, *, worse: float) -> np.ndarray:
    """Of assertions that 10 % of cases move in, and more of them down by ``worse``."""
    return rng.choice([-1.0, 0.0, 1.0], n, p=[0.05 + worse, 0.9 - worse, 0.05])


def stopped(values, claim: float, alpha: float) -> tuple[str, int]:
    limits = RunningLimits(bounds=(-1, 1), expected=0.0, claim=claim, cells=10)
    for x in values:
        limits.update(float(x))
        if limits.low(alpha) >= claim - 1e-9:
            return "pass", limits.n
        if limits.high(alpha) <= claim + 1e-9:
            return "fail", limits.n
    return "inconclusive", limits.n


def test_a_claim_that_is_just_wrong_is_seldom_passed_however_often_one_looks() -> None:
    rng = np.random.default_rng(0)
    said = [stopped(differences(rng, 150, worse=0.05), -0.05, 0.1)[0] for _ in range(40)]
    assert said.count("pass") <= 10  # 10 % of 40, and three standard errors
    assert said.count("fail") <= 10


def test_it_stops_soon_where_nothing_changed_and_sooner_where_much_did() -> None:
    rng = np.random.default_rng(1)
    same = [stopped(differences(rng, 2_000, worse=0.0), -0.05, 0.05) for _ in range(15)]
    bad = [stopped(differences(rng, 1_000, worse=0.3), -0.05, 0.05) for _ in range(15)]
    assert {said for said, _ in same} == {"pass"}
    assert {said for said, _ in bad} == {"fail"}
    assert np.mean([n for _, n in same]) < 600
    assert np.mean([n for _, n in bad]) < 80


def test_limits_close_in_on_the_mean_and_never_widen() -> None:
    rng = np.random.default_rng(2)
    limits = RunningLimits(expected=0.5)
    last = (0.0, 1.0)
    for x in rng.random(600) < 0.8:
        limits.update(float(x))
        now = limits.low(0.05), limits.high(0.05)
        assert last[0] <= now[0]
        assert now[1] <= last[1]
        last = now
    assert 0.7 < last[0] < 0.8 < last[1] < 0.88


def test_rows_of_one_cluster_are_no_new_evidence() -> None:
    alone = RunningLimits(bounds=(-1, 1), claim=-0.05)
    grouped = RunningLimits(bounds=(-1, 1), claim=-0.05, largest=10)
    for _ in range(60):
        alone.update(0.0)
        grouped.update(0.0, 10)
    assert grouped.low(0.05) == pytest.approx(alone.low(0.05))
    small = RunningLimits(bounds=(-1, 1), claim=-0.05, largest=10)
    for _ in range(60):
        small.update(0.0, 1)
    assert small.low(0.05) < alone.low(0.05)


def test_the_mean_over_rows_is_meant_not_that_over_clusters() -> None:
    # Small clusters are all right and large ones all wrong: 1 row of 10 is right.
    rng = np.random.default_rng(3)
    limits = RunningLimits(largest=9)
    for big in rng.random(3_000) < 0.5:
        limits.update(0.0 if big else 1.0, 9 if big else 1)
    assert limits.low(0.05) < 0.1 < limits.high(0.05) < 0.2


def test_what_cannot_be_is_refused() -> None:
    limits = RunningLimits(largest=2)
    with pytest.raises(StatisticsError, match="3 values cannot sum"):
        limits.update(1.0, 3)
    with pytest.raises(StatisticsError, match="1 values cannot sum to nan"):
        limits.update(float("nan"))
    with pytest.raises(StatisticsError, match="it must lie inside"):
        RunningLimits(claim=2.0)


def test_the_p_value_is_small_only_where_the_claim_is_wrong() -> None:
    limits = RunningLimits(claim=0.9)
    for i in range(100):
        limits.update(float(i % 2))
    assert limits.p_above(0.9) < 1e-6
    assert limits.p_above(0.4) > 0.05
