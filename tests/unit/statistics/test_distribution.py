from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from holdfast.errors import StatisticsError
from holdfast.statistics.distribution import (
    classifier_test,
    contingency,
    energy_test,
    g_test,
    ks_test,
    mmd_test,
    semantic_entropy,
)


def _labels(rng, *, n=60, p=(0.7, 0.2, 0.1)):
    return rng.choice(["ok", "refused", "empty"], size=n, p=p)


def test_g_is_scipys_statistic() -> None:
    rng = np.random.default_rng(0)
    first, second = _labels(rng), _labels(rng, p=(0.4, 0.4, 0.2))
    table = contingency(first, second)
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    found = g_test(first, second, permutations=5_000)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.01)


def test_energy_is_scipys_squared() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=40), rng.normal(1, 2, size=30)
    assert energy_test(first, second, permutations=1).statistic == pytest.approx(
        stats.energy_distance(first, second) ** 2
    )


def test_mmd_is_the_sum_over_pairs() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(12, 3)), rng.normal(0.5, 1, size=(9, 3))
    pooled = np.concatenate([a, b])
    squared = ((pooled[:, None] - pooled) ** 2).sum(axis=2)
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(21, 1)]))
    np.fill_diagonal(kernel, 0)
    expected = (
        kernel[:12, :12].sum() / (12 * 11)
        + kernel[12:, 12:].sum() / (9 * 8)
        - 2 * kernel[:12, 12:].mean()
    )
    assert mmd_test(a, b, permutations=1).statistic == pytest.approx(expected)


def test_ks_is_scipys() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=50), rng.normal(0.5, 1, size=70)
    expected = stats.ks_2samp(first, second)
    found = ks_test(first, second)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def _numbers(rng, n=30):
    return rng.normal(size=n)


def _points(rng, n=30):
    return rng.normal(size=(n, 4))


@pytest.mark.parametrize(
    ("test", "draw"),
    [
        (lambda a, b: g_test(a, b, permutations=200), lambda rng: _labels(rng, n=30)),
        (lambda a, b: g_test(a, b, permutations=200), lambda rng: rng.zipf(1.5, size=30)),
        (lambda a, b: energy_test(a, b, permutations=99), _numbers),
        (lambda a, b: mmd_test(a, b, permutations=99), _points),
        (ks_test, _numbers),
        (classifier_test, _points),
    ],
    ids=["g", "g of rare labels", "energy", "mmd", "ks", "classifier"],
)
def test_equal_distributions_are_rejected_as_often_as_they_may(test, draw) -> None:
    rng = np.random.default_rng(4)
    p_values = np.array([test(draw(rng), draw(rng)).p_value for _ in range(200)])
    # Nominal 10 %; 3 standard errors of 200 draws are 6.4 %.
    assert np.mean(p_values <= 0.1) <= 0.165


@pytest.mark.parametrize("test", [energy_test, mmd_test, classifier_test])
def test_a_change_of_spread_is_seen(test) -> None:
    rng = np.random.default_rng(5)
    assert test(rng.normal(size=(150, 3)), rng.normal(0, 2, size=(150, 3))).p_value < 0.01


def test_effects_do_not_grow_with_the_sample() -> None:
    rng = np.random.default_rng(6)
    effects = [
        energy_test(rng.normal(size=n), rng.normal(1, 1, size=n), permutations=1).effect
        for n in (100, 600)
    ]
    assert effects[0] == pytest.approx(effects[1], abs=0.06)
    few, many = g_test(["a", "b"], ["a", "a"]), g_test(["a", "b"] * 90, ["a", "a"] * 90)
    assert few.effect == many.effect == 0.5


@pytest.mark.parametrize("test", [g_test, energy_test, mmd_test, classifier_test])
def test_a_seed_repeats_the_result(test) -> None:
    rng = np.random.default_rng(7)
    first, second = rng.integers(0, 4, size=40), rng.integers(0, 4, size=40)
    assert test(first, second, seed=3) == test(first, second, seed=3)


@pytest.mark.parametrize("test", [energy_test, mmd_test, classifier_test])
def test_samples_without_any_spread_are_equal(test) -> None:
    assert test(np.ones(10), np.ones(12)).p_value == 1


@pytest.mark.parametrize("test", [ks_test, energy_test, mmd_test, classifier_test])
@pytest.mark.parametrize("second", [[], [float("nan")] * 5, [float("inf")] * 5, ["a"] * 5])
def test_samples_are_checked(test, second) -> None:
    with pytest.raises(StatisticsError):
        test([1.0, 2.0, 3.0, 4.0, 5.0], second)


@pytest.mark.parametrize("test", [energy_test, mmd_test, classifier_test])
def test_columns_must_match(test) -> None:
    with pytest.raises(StatisticsError, match="3 columns against 2"):
        test(np.zeros((5, 3)), np.zeros((5, 2)))


def test_entropy_counts_answers_or_weighs_them() -> None:
    assert semantic_entropy(["a"] * 9) == 0
    assert semantic_entropy([1, 2, 3, 4]) == pytest.approx(math.log(4))
    assert semantic_entropy(["a", "a", "b"]) == pytest.approx(
        semantic_entropy(["a", "b"], weights=[2, 1])
    )


@pytest.mark.parametrize(
    ("clusters", "weights"), [([], None), ([None], None), (["a"], [0.0]), (["a"], [1.0, 1.0])]
)
def test_entropy_checks_its_answers(clusters, weights) -> None:
    with pytest.raises(StatisticsError):
        semantic_entropy(clusters, weights=weights)


def test_labels_are_counted_by_their_text_in_order_of_appearance() -> None:
    assert contingency([1, "b", 1], np.array([2, 1])).tolist() == [[2, 1, 0], [1, 0, 1]]
    assert contingency(["nan"], ["None", "nan"]).tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize("labels", [[], ["a", None], ["a", float("nan")]])
def test_missing_labels_are_refused(labels) -> None:
    with pytest.raises(StatisticsError, match="labels has"):
        contingency(["a"], labels)
