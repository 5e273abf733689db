from __future__ import annotations

import math

import pytest

from holdfast.evaluation.scorers.retrieval import Retrieval
from tests.support.samples import sample

ONE = sample(relevant=("a", "b", "z"), retrieved=("x", "a", "a", "y", "b"))
BEST = 1 + 1 / math.log2(3) + 0.5


@pytest.mark.parametrize(
    ("metric", "k", "value"),
    [
        ("recall", 2, 1 / 3),
        ("recall", 5, 2 / 3),
        ("precision", 2, 1 / 2),
        ("precision", 5, 2 / 4),
        ("mrr", 5, 1 / 2),
        ("mrr", 1, 0.0),
        ("ndcg", 5, (1 / math.log2(3) + 1 / math.log2(5)) / BEST),
        ("ndcg", 1, 0.0),
    ],
)
def test_by_hand(metric, k, value) -> None:
    score = Retrieval(metric=metric, k=k)(ONE)
    assert (score.scorer, score.value) == (f"{metric}@{k}", pytest.approx(value, abs=1e-6))


def test_all_found_first_is_one_by_every_metric() -> None:
    one = sample(relevant=("a", "b"), retrieved=("b", "a"))
    assert {
        Retrieval(metric=m, k=2)(one).value for m in ("recall", "precision", "mrr", "ndcg")
    } == {1.0}


def test_nothing_retrieved() -> None:
    one = sample(relevant=("a",))
    assert {Retrieval(metric=m)(one).value for m in ("recall", "precision", "mrr", "ndcg")} == {0.0}
