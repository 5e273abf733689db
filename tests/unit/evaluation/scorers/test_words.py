from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.scorers.words import Quantity, contains, fold, quantities, unit, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("90 %", "90%"),
        ("90 %", "ninety percent"),
        ("90 %", "90 per cent"),
        ("90 %", "\uff19\uff10\uff05"),
        ("1,000 euros", "EUR 1000"),
        ("1 000 €", "€1,000.00"),
        ("1'234.50", "1.234,50"),
        ("1,5", "1.50"),
        ("12,345,678", "12.345.678"),
        ("twenty-one days", "21 DAYS"),
        ("don\u2019t", "don't"),
        ("a\u00a0\u200bb", "A b."),
        ("US$ 20", "20 dollars"),
    ],
)
def test_ways_to_write_the_same(one, other) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("90 %", "9 %"), ("1.000", "1000"), ("10 20", "1020"), ("-5", "5"), ("0,123", "123")],
)
def test_ways_to_write_something_else(one, other) -> None:
    assert words(one) != words(other)


def test_ranges_and_hyphens() -> None:
    assert words("10-20 days, 30-day") == ["10", "20", "days", "30", "day"]


def test_a_phrase_is_found_as_whole_words() -> None:
    said = words("You get a 10 % discount.")
    assert contains(said, words("10% Discount"))
    assert not contains(said, words("0 % discount"))
    assert not contains(said, words("discount 10"))
    assert not contains(said, [])


def test_numbers_with_what_they_count() -> None:
    assert quantities(words("$5, 3 million people and 7")) == [
        Quantity(5.0, "usd"), Quantity(3e6, "people"), Quantity(7.0, ""),
    ]  # fmt: skip
    assert [unit(name) for name in ("€", "per cent", "Days")] == ["eur", "%", "day"]


@given(st.text(max_size=80))
def test_folding_and_case_change_nothing_more(text) -> None:
    assert fold(fold(text)) == fold(text) or "\u0345" in text
    assert words(text) == words(f"  {text}\n")
