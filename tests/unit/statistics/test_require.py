from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics import require


def test_sample_takes_lists_arrays_and_truth_values() -> None:
    assert require.sample([1, 0.5], "x").tolist() == [1.0, 0.5]
    assert require.sample(np.array([True, False]), "x").tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "x has 0 rows; at least 1 are needed"),
        ([1.0, float("nan")], "x has nan at index 1; drop or impute it first"),
        ([float("inf")], "x has inf at index 0"),
        ([[1.0], [2.0]], r"x has shape \(2, 1\); pass one number per row"),
        ([[1.0], [2.0, 3.0]], "x has rows of different lengths"),
        (["a"], "x holds 'str.*', not numbers"),
        ([None], "x holds 'object', not numbers"),
        (3.0, r"x has shape \(\)"),
    ],
)
def test_sample_says_what_is_wrong(values, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        require.sample(values, "x")


def test_points_makes_a_column_of_plain_numbers() -> None:
    assert require.points([1.0, 2.0], "x").shape == (2, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 0)), r"shape \(2, 0\); pass \(rows, columns\)"),
        (np.zeros((2, 2, 2)), "pass"),
        ([[0.0, float("nan")]], r"nan at index \(0, 1\)"),
    ],
)
def test_points_says_what_is_wrong(values, message) -> None:
    with pytest.raises(StatisticsError, match=message):
        require.points(values, "x")


def test_binary_refuses_other_numbers() -> None:
    assert require.binary([1, 0], "x").tolist() == [True, False]
    with pytest.raises(StatisticsError, match=r"x has 0.5 at index 1"):
        require.binary([1, 0.5], "x")


def test_codes_share_one_numbering() -> None:
    first, second = require.codes(["b", "a"], ["a", "c", "b"])
    assert first.tolist() == [0, 1]
    assert second.tolist() == [1, 2, 0]


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan])
def test_codes_refuse_missing_labels(missing) -> None:
    with pytest.raises(StatisticsError, match="at index 1; name the missing category"):
        require.codes(["a", missing])


def test_codes_refuse_an_empty_sample() -> None:
    with pytest.raises(StatisticsError, match="0 rows"):
        require.codes(["a"], [])


@pytest.mark.parametrize("value", [0, 1, -0.1, 95, float("nan")])
def test_fraction_is_strictly_between(value) -> None:
    with pytest.raises(StatisticsError, match="strictly between 0 and 1"):
        require.fraction(value, "confidence")


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", None])
def test_count_is_a_whole_number(value) -> None:
    with pytest.raises(StatisticsError, match="n is "):
        require.count(value, "n")


def test_count_takes_numpy_integers() -> None:
    assert require.count(np.int64(3), "n") == 3


def test_successes_cannot_exceed_trials() -> None:
    with pytest.raises(StatisticsError, match="3 successes out of 2 trials"):
        require.successes(3, 2)


def test_bounds_hold_every_value() -> None:
    assert require.bounds((0, 1), np.array([0.0, 1.0])) == (0.0, 1.0)
    with pytest.raises(StatisticsError, match=r"1\.5 is outside bounds \(0, 1\)"):
        require.bounds((0, 1), np.array([0.0, 1.5]))
    with pytest.raises(StatisticsError, match="lower must be below the upper"):
        require.bounds((1, 1))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_positive_is_finite_and_above_zero(value) -> None:
    with pytest.raises(StatisticsError, match="x is "):
        require.positive(value, "x")


def test_same_length_compares_rows() -> None:
    with pytest.raises(StatisticsError, match="2 rows against 1"):
        require.same_length([1, 2], [1])
