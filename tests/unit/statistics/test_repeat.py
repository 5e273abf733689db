from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.interval import clopper_pearson
from holdfast.statistics.repeat import flakiness, pass_all_k, pass_at_k

RUNS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n))
)


@given(RUNS)
def test_estimates_are_shares_of_all_choices_of_k_runs(runs) -> None:
    passed, n, k = runs
    outcomes = [True] * passed + [False] * (n - passed)
    choices = list(combinations(outcomes, k))
    assert pass_at_k(passed, n, k=k) == pytest.approx(sum(map(any, choices)) / len(choices))
    assert pass_all_k(passed, n, k=k) == pytest.approx(sum(map(all, choices)) / len(choices))


def test_large_counts_do_not_overflow() -> None:
    assert 0 < pass_all_k(9_990, 10_000, k=500) < 1


@pytest.mark.parametrize(("passed", "n", "k"), [(1, 2, 3), (1, 2, 0), (3, 2, 1), (0, 0, 1)])
def test_runs_are_checked(passed, n, k) -> None:
    with pytest.raises(StatisticsError):
        pass_at_k(passed, n, k=k)
    with pytest.raises(StatisticsError):
        pass_all_k(passed, n, k=k)


@pytest.mark.parametrize(
    ("passed", "n", "behaviour"),
    [
        (10, 10, "passing"),
        (0, 10, "failing"),
        (5, 10, "flaky"),
        (2, 3, "passing"),
        (1, 3, "failing"),
        (98, 100, "passing"),
        (90, 100, "flaky"),
        (2, 4, "flaky"),
    ],
)
def test_behaviour(passed, n, behaviour) -> None:
    found = flakiness(passed, n)
    assert found.behaviour == behaviour
    assert found.flaky == (behaviour == "flaky")
    assert found.rate == clopper_pearson(passed, n)


def test_a_wide_tolerance_leaves_few_runs_undecided() -> None:
    assert flakiness(1, 2, tolerance=0.2).behaviour == "undecided"


@given(RUNS)
def test_without_tolerance_any_mixture_is_flaky(runs) -> None:
    passed, n, _ = runs
    assert flakiness(passed, n, tolerance=0).flaky == (0 < passed < n)


@pytest.mark.parametrize("tolerance", [-0.1, 0.5, float("nan")])
def test_tolerance_is_checked(tolerance) -> None:
    with pytest.raises(StatisticsError, match="tolerance is"):
        flakiness(1, 2, tolerance=tolerance)
