from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from holdfast.errors import StatisticsError
from holdfast.statistics.discrimination import auroc, choose_threshold, confusion
from holdfast.statistics.interval import wilson


def test_counts_and_rates() -> None:
    found = confusion([1, 1, 1, 0, 0], [1, 0, 1, 0, 1])
    counts = (
        found.true_positives,
        found.false_negatives,
        found.true_negatives,
        found.false_positives,
    )
    assert counts == (2, 1, 1, 1)
    assert found.sensitivity == wilson(2, 3)
    assert found.specificity == wilson(1, 2)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_balanced_accuracy_is_scikit_learns(rows) -> None:
    truth, verdicts = zip(*rows, strict=True)
    if len(set(truth)) < 2:
        with pytest.raises(StatisticsError, match="at least 1 of each"):
            confusion(truth, verdicts)
        return
    found = confusion(truth, verdicts).balanced_accuracy
    assert found.estimate == pytest.approx(balanced_accuracy_score(truth, verdicts))
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_balanced_accuracy_covers_what_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    truth = np.arange(120) < 40
    for _ in range(1_000):
        verdicts = np.where(truth, rng.random(120) < 0.95, rng.random(120) < 0.3)
        covered += (0.95 + 0.7) / 2 in confusion(truth, verdicts).balanced_accuracy
    assert covered / 1_000 == pytest.approx(0.95, abs=0.025)


def test_the_threshold_has_the_best_balanced_accuracy_of_all() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(200) < 0.3
    scores = (rng.normal(size=200) + 1.2 * truth).round(1)
    found = choose_threshold(scores, truth)
    best = max(balanced_accuracy_score(truth, scores >= cut) for cut in np.unique(scores))
    assert found.confusion.balanced_accuracy.estimate == pytest.approx(best)


def test_the_threshold_lies_in_the_middle_of_the_gap() -> None:
    assert choose_threshold([0.0, 0.1, 0.9, 1.0], [0, 0, 1, 1]).value == pytest.approx(0.5)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=40))
def test_area_is_scikit_learns_ties_included(rows) -> None:
    scores, truth = zip(*rows, strict=True)
    if min(sum(truth), len(truth) - sum(truth)) < 2:
        with pytest.raises(StatisticsError, match="at least 2 of each"):
            auroc(scores, truth)
        return
    found = auroc(scores, truth)
    assert found.estimate == pytest.approx(roc_auc_score(truth, scores))
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_delongs_variance_is_the_one_counted_pair_by_pair() -> None:
    rng = np.random.default_rng(2)
    good, bad = rng.normal(1, 1, 30).round(1), rng.normal(0, 1, 50).round(1)
    wins = (good[:, None] > bad) + 0.5 * (good[:, None] == bad)
    variance = wins.mean(axis=1).var(ddof=1) / 30 + wins.mean(axis=0).var(ddof=1) / 50
    found = auroc(np.r_[good, bad], np.r_[np.ones(30), np.zeros(50)])
    area = wins.mean()
    half = 1.959964 * np.sqrt(variance) / (area * (1 - area))
    logit = np.log(area / (1 - area))
    assert found.low == pytest.approx(1 / (1 + np.exp(half - logit)), rel=1e-5)
    assert found.high == pytest.approx(1 / (1 + np.exp(-half - logit)), rel=1e-5)


def test_the_area_is_covered_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    truth = np.r_[np.ones(40), np.zeros(60)]
    # Normal scores a distance d apart have an area of Phi(d / sqrt 2): here 0.8.
    shift = 0.8416 * np.sqrt(2)
    covered = np.mean(
        [0.8 in auroc(rng.normal(size=100) + shift * truth, truth) for _ in range(800)]
    )
    assert covered == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("way", [1, -1])
def test_without_overlap_the_area_is_not_certain(way) -> None:
    found = auroc(way * np.arange(20.0), np.arange(20) >= 10)
    assert found.estimate == (1 if way > 0 else 0)
    assert found.width == pytest.approx(0.308, abs=0.001)


def test_equal_scores_tell_nothing_apart() -> None:
    assert auroc([0.5] * 6, [0, 1] * 3).estimate == 0.5
    with pytest.raises(StatisticsError, match=r"every score is 0\.5"):
        choose_threshold([0.5] * 6, [0, 1] * 3)


@pytest.mark.parametrize("judge", [auroc, choose_threshold])
@pytest.mark.parametrize(
    ("scores", "truth"),
    [([], []), ([0.1], [1, 0]), ([0.1, float("nan")], [1, 0]), ([1, 2], [1, 1])],
)
def test_scores_and_truth_are_checked(judge, scores, truth) -> None:
    with pytest.raises(StatisticsError):
        judge(scores, truth)
