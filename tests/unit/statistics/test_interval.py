from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from holdfast.errors import StatisticsError
from holdfast.statistics.interval import (
    FEW,
    Interval,
    beta_binomial,
    bootstrap,
    bounded_mean,
    clopper_pearson,
    clustered_mean,
    mean_interval,
    rate_interval,
    skew_corrected_mean,
    student_t,
    wilson,
)

RATES = [clopper_pearson, wilson, beta_binomial, rate_interval]
TRIALS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(TRIALS, st.sampled_from([0.8, 0.95, 0.99]))
def test_clopper_pearson_is_scipys_exact_interval(trials, confidence) -> None:
    k, n = trials
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="exact")
    found = clopper_pearson(k, n, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(TRIALS, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_is_scipys(trials, confidence) -> None:
    k, n = trials
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    found = wilson(k, n, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(1, 7), (15, 40), (99, 100)])
def test_beta_binomial_is_statsmodels_jeffreys_inside(k, n) -> None:
    found = beta_binomial(k, n)
    assert (found.low, found.high) == pytest.approx(proportion_confint(k, n, method="jeffreys"))


def test_beta_binomial_takes_another_prior() -> None:
    found = beta_binomial(3, 10, prior=(1, 1))
    assert found.estimate == pytest.approx(4 / 12)
    assert found.low == pytest.approx(stats.beta.ppf(0.025, 4, 8))


@pytest.mark.parametrize("interval", RATES)
def test_rates_at_the_ends_keep_the_end(interval) -> None:
    assert interval(0, 8).low == 0
    assert interval(0, 8).high < 1
    assert interval(8, 8).high == 1
    assert interval(8, 8).low > 0


@pytest.mark.parametrize("interval", RATES)
@pytest.mark.parametrize(
    ("k", "n", "confidence"), [(1, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0), (1, 2, 95)]
)
def test_rates_refuse_what_cannot_be(interval, k, n, confidence) -> None:
    with pytest.raises(StatisticsError):
        interval(k, n, confidence=confidence)


@given(TRIALS, st.sampled_from(RATES))
def test_rate_limits_are_ordered_and_mirror_each_other(trials, interval) -> None:
    k, n = trials
    found, mirrored = interval(k, n), interval(n - k, n)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


def _coverage(interval, *, n: int, rates) -> np.ndarray:
    """Exact coverage at each rate: the probability of all counts whose interval holds it."""
    counts = np.arange(n + 1)
    found = [interval(int(k), n) for k in counts]
    holds = np.array([[rate in limits for limits in found] for rate in rates])
    return (holds * stats.binom.pmf(counts, n, np.reshape(rates, (-1, 1)))).sum(axis=1)


@pytest.mark.parametrize("n", [5, 20, 80])
def test_clopper_pearson_never_covers_less_than_it_says(n) -> None:
    assert _coverage(clopper_pearson, n=n, rates=np.linspace(0.01, 0.99, 99)).min() >= 0.95


@pytest.mark.parametrize("n", [20, 100, 200])
def test_the_default_covers_what_it_says_on_average(n) -> None:
    covered = _coverage(rate_interval, n=n, rates=np.linspace(0.02, 0.98, 97))
    assert covered.mean() == pytest.approx(0.95, abs=0.01)


def test_the_chooser_leaves_few_trials_to_the_beta_binomial() -> None:
    assert rate_interval(5, FEW - 1).method == "beta-binomial"
    assert rate_interval(5, FEW).method == "wilson"


def test_student_t_is_scipys() -> None:
    values = np.random.default_rng(0).normal(size=12)
    expected = stats.t.interval(0.9, 11, values.mean(), stats.sem(values))
    found = student_t(values, confidence=0.9)
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == 12


def test_copies_of_every_row_do_not_narrow_the_clustered_interval() -> None:
    values = np.random.default_rng(0).normal(size=15)
    once = student_t(values)
    copied = clustered_mean(np.repeat(values, 6), np.repeat(np.arange(15), 6))
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))
    assert copied.n == 15


@pytest.mark.parametrize("sizes", [np.full(25, 4), np.r_[np.full(20, 2), np.full(5, 12)]])
def test_clustered_mean_covers_what_it_says(sizes) -> None:
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    hits = naive = 0
    for _ in range(1_500):
        values = rng.normal(size=len(sizes))[clusters] * 0.7 + rng.normal(size=len(clusters))
        hits += 0 in clustered_mean(values, clusters)
        naive += 0 in student_t(values)
    assert hits / 1_500 == pytest.approx(0.95, abs=0.02)
    assert naive / 1_500 < 0.90


def test_skewness_correction_covers_where_student_does_not() -> None:
    rng = np.random.default_rng(4)
    drawn = rng.beta(9, 1, size=(1_500, 12))
    plain = np.mean([0.9 in student_t(row) for row in drawn])
    corrected = np.mean([0.9 in skew_corrected_mean(row) for row in drawn])
    assert plain < 0.93 < corrected


def test_skewness_correction_leaves_symmetric_values_alone() -> None:
    values = np.r_[np.arange(10.0), -np.arange(10.0)]
    plain, corrected = student_t(values), skew_corrected_mean(values)
    assert (corrected.low, corrected.high) == pytest.approx((plain.low, plain.high))


def test_bounded_mean_covers_at_few_skewed_values() -> None:
    rng = np.random.default_rng(5)
    drawn = np.where(rng.random((400, 8)) < 0.1, 0.0, rng.beta(20, 2, size=(400, 8)))
    truth = 0.9 * 20 / 22
    assert np.mean([truth in bounded_mean(row, bounds=(0, 1)) for row in drawn]) >= 0.95


def test_bounded_mean_works_in_the_unit_of_the_values() -> None:
    values = np.array([0.2, 0.9, 0.4])
    unit, wide = bounded_mean(values, bounds=(0, 1)), bounded_mean(values * 8 - 4, bounds=(-4, 4))
    assert (wide.low, wide.high) == pytest.approx((unit.low * 8 - 4, unit.high * 8 - 4))


def test_bootstrap_agrees_with_student_on_many_normal_values() -> None:
    values = np.random.default_rng(6).normal(5.0, size=400)
    boot, plain = bootstrap(values), student_t(values)
    assert (boot.low, boot.high) == pytest.approx((plain.low, plain.high), abs=0.02)


def test_bootstrap_repeats_itself_with_a_seed() -> None:
    values = np.random.default_rng(7).exponential(size=30)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)


@pytest.mark.parametrize("interval", [student_t, skew_corrected_mean, bootstrap, mean_interval])
@pytest.mark.parametrize(
    "values", [[], [0.7], [0.7, 0.7, 0.7], [0.5, float("nan")], [0.5, float("inf")], ["a"], None]
)
def test_means_refuse_what_has_no_spread_or_is_no_number(interval, values) -> None:
    with pytest.raises(StatisticsError):
        interval(values)


def test_a_refusal_names_the_way_out() -> None:
    with pytest.raises(StatisticsError, match=r"all values give 0\.7.* use mean_interval with"):
        student_t([0.7, 0.7])
    assert mean_interval([0.7, 0.7], bounds=(0, 1)).method == "betting"


def test_means_refuse_values_outside_their_bounds() -> None:
    for values in ([0.2, 1.7], np.r_[np.linspace(0, 1, 200), 1.7]):
        with pytest.raises(StatisticsError, match=r"1\.7 is outside bounds"):
            mean_interval(values, bounds=(0, 1))


def test_the_chooser_sees_a_rate_in_zeros_and_ones() -> None:
    assert mean_interval([1.0, 0.0, 1.0]) == rate_interval(2, 3)
    clustered = mean_interval([1, 1, 0, 0, 1, 1], clusters=list("aabbcc"))
    assert clustered == rate_interval(2, 3)


def test_the_chooser_bets_on_few_bounded_values_and_on_means_of_equal_clusters() -> None:
    values = np.linspace(0.2, 0.9, FEW - 1)
    assert mean_interval(values, bounds=(0, 1)).method == "betting"
    assert mean_interval(np.r_[values, 0.5], bounds=(0, 1)).method == "skew-corrected-t"
    pairs = mean_interval([0.1, 0.3, 0.8, 1.0], clusters=[1, 1, 2, 2], bounds=(0, 1))
    assert pairs.n == 2
    expected = bounded_mean([0.2, 0.9], bounds=(0, 1))
    assert (pairs.low, pairs.high) == pytest.approx((expected.low, expected.high))
    uneven = mean_interval([0.1, 0.3, 0.8], clusters=[1, 1, 2], bounds=(0, 1))
    assert uneven.method == "skew-corrected-t"


def test_clusters_must_label_every_row() -> None:
    with pytest.raises(StatisticsError, match="3 rows against 2"):
        mean_interval([0.1, 0.2, 0.3], clusters=["a", "b"])


def test_an_interval_knows_its_width_and_what_it_holds() -> None:
    found = Interval(0.5, 0.25, 0.75, 0.95, 10, "made up")
    assert found.width == 0.5
    assert 0.25 in found
    assert 0.76 not in found
