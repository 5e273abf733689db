from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from holdfast.errors import StatisticsError
from holdfast.statistics.unlabelled import Confidence, Direct, area, bound


def test_the_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    scores, truth = np.round(rng.random(500), 1), rng.random(500) < 0.3
    assert area(scores, truth.astype(float)) == pytest.approx(roc_auc_score(truth, scores))


def test_confidence_knows_the_errors_and_the_ranking_of_other_rows() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(4_000)
    known = Confidence(p**2, rng.random(4_000) < p)
    q = rng.beta(2, 2, 4_000)
    truth = rng.random(4_000) < q
    said = q**2 > 0.5
    assert known.errors(q**2, said).mean() == pytest.approx((said != truth).mean(), abs=0.03)
    assert known.ranking(q**2) == pytest.approx(1 - roc_auc_score(truth, q), abs=0.03)


def test_direct_estimates_are_honest_on_their_own_rows() -> None:
    rng = np.random.default_rng(2)
    known = Direct(rng.random((600, 2)), np.abs(rng.normal(size=600)))
    assert np.corrcoef(known.honest, known.losses(rng.random((600, 2))))[0, 1] < 0.3
    assert known.honest.mean() == pytest.approx(0.8, abs=0.08)


def test_a_bound_is_passed_as_often_as_said() -> None:
    rng = np.random.default_rng(3)
    passed = [rng.normal() > bound(rng.normal(size=6), alarm_rate=0.05) for _ in range(4_000)]
    assert np.mean(passed) == pytest.approx(0.05, abs=0.015)


def test_one_class_and_few_rows_are_refused() -> None:
    with pytest.raises(StatisticsError, match="one class"):
        Confidence(np.linspace(0, 1, 200), np.zeros(200))
    with pytest.raises(StatisticsError, match="100"):
        Direct(np.ones((5, 1)), np.ones(5))
