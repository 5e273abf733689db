from __future__ import annotations

import decimal

import numpy as np
import pyarrow as pa
import pytest

from holdfast.observation.drift.column import kind_of, labels, mostly_numbers, numbers, points


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (pa.int8(), "number"),
        (pa.decimal128(10, 2), "number"),
        (pa.bool_(), "label"),
        (pa.null(), "label"),
        (pa.dictionary(pa.int8(), pa.string()), "label"),
        (pa.date32(), "time"),
        (pa.list_(pa.float32()), "points"),
        (pa.list_(pa.string()), "other"),
        (pa.struct([]), "other"),
    ],
)
def test_a_type_says_what_is_compared(kind: pa.DataType, wanted: str) -> None:
    assert kind_of(kind) == wanted


def test_texts_that_are_mostly_numbers_are_read_as_such() -> None:
    column = pa.array(["1", " 2.5 ", "-3e2", None] * 5 + ["n/a"])
    assert mostly_numbers(column)
    found = numbers(column)
    assert found.unreadable == 1
    assert found.example == "n/a"
    assert found.values[:3].tolist() == [1.0, 2.5, -300.0]
    assert not mostly_numbers(pa.array([None, None], pa.string()))


def test_decimals_booleans_and_dates_as_numbers() -> None:
    assert numbers(pa.array([decimal.Decimal("1.50"), None])).values[0] == 1.5
    assert numbers(pa.array([True, False])).values.tolist() == [1.0, 0.0]
    dates = numbers(pa.array([0, 1], pa.date32()))
    assert dates.unreadable == 2
    assert np.isnan(dates.values).all()


def test_dictionaries_and_booleans_are_labels() -> None:
    names, codes = labels(pa.array(["x", None, "x"]).dictionary_encode())
    assert (list(names), codes.tolist()) == (["x"], [0, -1, 0])
    names, codes = labels(pa.array([True, None]))
    assert (list(names), codes.tolist()) == (["true"], [0, -1])


def test_lists_of_another_width_are_missing() -> None:
    column = pa.array([[1.0, 2.0], [3.0], None, [4.0, 5.0]])
    found = points(pa.chunked_array([column]), width=2)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True, False]
    assert found[3].tolist() == [4.0, 5.0]
