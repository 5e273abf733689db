from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from holdfast.errors import StatisticsError
from holdfast.statistics.agreement import cohen_kappa, krippendorff_alpha

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability": four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_its_interval_are_those_of_other_libraries(seed) -> None:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 3, size=80)
    second = np.where(rng.random(80) < 0.6, first, rng.integers(0, 3, size=80))
    found = cohen_kappa(first, second)
    assert found.estimate == pytest.approx(cohen_kappa_score(first, second))
    table = np.zeros((3, 3))
    np.add.at(table, (first, second), 1)
    oracle = cohens_kappa(table)
    assert (found.low, found.high) == pytest.approx((oracle.kappa_low, oracle.kappa_upp))


def test_perfect_agreement_on_few_items_is_not_certain() -> None:
    found = cohen_kappa(["a", "b", "a", "b"], ["a", "b", "a", "b"])
    assert (found.estimate, found.high) == (1, 1)
    assert found.low < 0.5


def test_opposite_raters_are_below_chance() -> None:
    assert cohen_kappa([0, 1, 0, 1], [1, 0, 1, 0]).estimate == pytest.approx(-1)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (["a"], ["a", "b"], "1 rows against 2"),
        (["a", "a"], ["a", "a"], "both raters gave 'a' to all 2 items"),
        ([], [], "0 rows"),
        (["a", None], ["a", "b"], "name the missing category"),
    ],
)
def test_kappa_says_what_is_wrong(first, second, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        cohen_kappa(first, second)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_the_published_one(level, alpha) -> None:
    assert krippendorff_alpha(PUBLISHED, level=level) == pytest.approx(alpha, abs=5e-4)


def test_alpha_takes_names_and_nan() -> None:
    names = {1: "a", 2: "b", 3: "c", 4: "d", 5: "e", None: None}
    assert krippendorff_alpha([[names[v] for v in row] for row in PUBLISHED]) == pytest.approx(
        krippendorff_alpha(PUBLISHED)
    )
    gaps = np.array([[np.nan if v is None else v for v in row] for row in PUBLISHED])
    assert krippendorff_alpha(gaps, level="interval") == pytest.approx(
        krippendorff_alpha(PUBLISHED, level="interval")
    )


@given(st.lists(st.integers(1, 5), min_size=2, max_size=12).filter(lambda r: len(set(r)) > 1))
def test_a_rater_agrees_perfectly_with_itself(row) -> None:
    for level in ("nominal", "ordinal", "interval"):
        assert krippendorff_alpha([row, row], level=level) == pytest.approx(1)


def test_raters_at_random_agree_as_chance_does() -> None:
    ratings = np.random.default_rng(0).integers(0, 4, size=(3, 2_000))
    assert krippendorff_alpha(ratings) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("ratings", "level", "message"),
    [
        ([[1, None], [None, 2]], "nominal", "no unit has two ratings"),
        ([], "nominal", "no unit has two ratings"),
        ([[1, 2], [1]], "nominal", "2 rows against 1"),
        ([[1, 1], [1, 1]], "nominal", "every rating is 1"),
        ([["a", "b"], ["a", "a"]], "interval", "not numbers"),
        ([[1, 2], [1, 2]], "ratio", "level is 'ratio'"),
    ],
)
def test_alpha_says_what_is_wrong(ratings, level, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        krippendorff_alpha(ratings, level=level)
