from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as oracle

from holdfast.errors import StatisticsError
from holdfast.statistics.paired import (
    case_means,
    mcnemar,
    non_inferiority,
    paired_difference,
)


def _pairs(rng, *, n, lost, gained, passing=0.8):
    """Outcomes of n cases: ``lost`` and ``gained`` are the chances that a case changes."""
    draw = rng.random(n)
    baseline = np.where(draw < lost, 1, np.where(draw < lost + gained, 0, rng.random(n) < passing))
    candidate = np.where(draw < lost, 0, np.where(draw < lost + gained, 1, baseline))
    return baseline, candidate


def test_samples_of_a_case_are_averaged() -> None:
    found = case_means([1, 0, 1, 1], ["b", "a", "b", "a"])
    assert found.cases == ("b", "a")
    assert found.means.tolist() == [1.0, 0.5]
    assert found.samples == (2, 2)


def test_averaging_refuses_missing_scores() -> None:
    with pytest.raises(StatisticsError, match="drop or impute"):
        case_means([1, float("nan")], ["a", "b"])
    with pytest.raises(StatisticsError, match="1 rows against 2"):
        case_means([1], ["a", "b"])


def test_many_cases_give_the_ordinary_paired_interval() -> None:
    rng = np.random.default_rng(0)
    baseline = rng.beta(5, 2, size=3_000)
    candidate = np.clip(baseline + rng.normal(0, 0.1, size=3_000), 0, 1)
    found = paired_difference(baseline, candidate)
    plain = stats.ttest_rel(candidate, baseline).confidence_interval(0.95)
    assert found.estimate == pytest.approx(float((candidate - baseline).mean()))
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-4)


def test_samples_may_differ_in_number_between_arms() -> None:
    rng = np.random.default_rng(1)
    baseline, candidate = rng.random((50, 4)), rng.random((50, 2))
    flat = paired_difference(baseline.mean(axis=1), candidate.mean(axis=1))
    assert paired_difference(baseline, candidate) == flat


def test_cases_of_a_cluster_count_once() -> None:
    rng = np.random.default_rng(2)
    baseline, candidate = _pairs(rng, n=60, lost=0.2, gained=0.1)
    copied = paired_difference(
        np.repeat(baseline, 5), np.repeat(candidate, 5), clusters=np.repeat(np.arange(60), 5)
    )
    once = paired_difference(baseline, candidate)
    assert copied.n == 60
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize("n", [20, 60, 148, 400])
def test_no_change_at_all_is_no_proof_of_no_change(n) -> None:
    same = np.ones(n)
    limit = non_inferiority(same, same, margin=0.05).difference.low
    # The exact limit when nothing was lost in n cases is 1 - 0.05^(1/n).
    exact = -(1 - 0.05 ** (1 / n))
    assert limit < 0
    assert limit == pytest.approx(exact, rel=0.12)


@pytest.mark.parametrize(
    ("n", "margin", "gained"),
    [(40, 0.1, 0.0), (100, 0.05, 0.0), (150, 0.02, 0.0), (250, 0.05, 0.05), (400, 0.02, 0.02)],
)
def test_a_loss_of_the_margin_rarely_passes(n, margin, gained) -> None:
    rng = np.random.default_rng(3)
    passed = 0
    for _ in range(600):
        baseline, candidate = _pairs(rng, n=n, lost=gained + margin, gained=gained)
        passed += non_inferiority(baseline, candidate, margin=margin).verdict == "pass"
    # Nominal 5 %; three standard errors of 600 draws are 2.7 %.
    assert passed / 600 <= 0.08


def test_an_unchanged_candidate_hardly_ever_fails_and_a_broken_one_does() -> None:
    rng = np.random.default_rng(4)
    verdicts = []
    for _ in range(200):
        baseline, candidate = _pairs(rng, n=300, lost=0.04, gained=0.04)
        verdicts.append(non_inferiority(baseline, candidate, margin=0.02).verdict)
    assert verdicts.count("fail") <= 2
    broken = [
        non_inferiority(*_pairs(rng, n=300, lost=0.2, gained=0.02), margin=0.05).verdict
        for _ in range(50)
    ]
    assert broken.count("fail") == 50


def test_verdict_p_values_and_limits_agree() -> None:
    rng = np.random.default_rng(5)
    seen = set()
    for lost in (0.0, 0.03, 0.1, 0.2):
        for n in (30, 200):
            baseline, candidate = _pairs(rng, n=n, lost=lost, gained=0.02)
            found = non_inferiority(baseline, candidate, margin=0.05)
            seen.add(found.verdict)
            assert (found.verdict == "pass") == (found.p_pass < 0.05)
            assert (found.verdict == "fail") == (found.p_fail < 0.05)
            assert (found.verdict == "pass") == (found.difference.low > -0.05)
            assert found.difference.confidence == pytest.approx(0.9)
            assert (found.cases, found.clusters) == (n, n)
    assert seen == {"pass", "fail", "inconclusive"}


def test_scores_have_bounds_of_their_own() -> None:
    rng = np.random.default_rng(6)
    baseline, candidate = rng.random(80), rng.random(80)
    unit = non_inferiority(baseline, candidate, margin=0.05)
    stars = non_inferiority(1 + 4 * baseline, 1 + 4 * candidate, margin=0.2, bounds=(1, 5))
    assert stars.p_pass == pytest.approx(unit.p_pass)
    assert stars.difference.low == pytest.approx(4 * unit.difference.low)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"margin": -0.01}, "margin is -0.01"),
        ({"margin": float("nan")}, "margin is nan"),
        ({"margin": 0.05, "confidence": 0.4}, r"confidence is 0\.4"),
        ({"margin": 0.05, "confidence": 1}, "strictly between"),
        ({"margin": 0.05, "bounds": (0, 0.5)}, "outside bounds"),
        ({"margin": 0.05, "clusters": ["a", "a", "a"]}, "1 cluster"),
        ({"margin": 0.05, "clusters": ["a", "b"]}, "3 rows against 2"),
    ],
)
def test_settings_are_checked(settings, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        non_inferiority([1, 0, 1], [1, 1, 1], **settings)


@pytest.mark.parametrize(
    ("baseline", "candidate"),
    [([], []), ([1.0], [1.0]), ([1, 0], [1, 0, 1]), ([1, float("nan")], [1, 1])],
)
def test_scores_are_checked(baseline, candidate) -> None:
    with pytest.raises(StatisticsError):
        paired_difference(baseline, candidate)


@pytest.mark.parametrize("seed", range(4))
def test_mcnemar_is_statsmodels_exact_test(seed) -> None:
    rng = np.random.default_rng(seed)
    baseline, candidate = _pairs(rng, n=60, lost=0.15, gained=0.05)
    table = [
        [np.sum((baseline == 1) & (candidate == 1)), np.sum((baseline == 1) & (candidate == 0))],
        [np.sum((baseline == 0) & (candidate == 1)), np.sum((baseline == 0) & (candidate == 0))],
    ]
    found = mcnemar(baseline, candidate)
    assert found.p_value == pytest.approx(oracle(table, exact=True).pvalue)
    assert (found.lost, found.gained) == (table[0][1], table[1][0])


def test_mcnemar_without_a_change_says_nothing() -> None:
    assert mcnemar([1, 0], [1, 0]).p_value == 1


def test_mcnemar_has_a_direction() -> None:
    worse = mcnemar([1] * 8 + [0], [0] * 8 + [1], alternative="less").p_value
    better = mcnemar([1] * 8 + [0], [0] * 8 + [1], alternative="greater").p_value
    assert worse < 0.05 < better


def test_mcnemar_refuses_scores() -> None:
    with pytest.raises(StatisticsError, match="pass True or False"):
        mcnemar([0.5], [1])
    with pytest.raises(StatisticsError, match="alternative is 'worse'"):
        mcnemar([1], [1], alternative="worse")
