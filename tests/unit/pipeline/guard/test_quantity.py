from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.pipeline.guard.quantity import Unit


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("90%", [90]),
        ("90 %", [90]),
        ("90 percent", [90]),
        ("90 per cent", [90]),
        ("90-percent", [90]),
        ("90 PCT", [90]),
        ("ninety percent", [90]),
        ("Ninety-five percent", [95]),
        ("ninety five per cent", [95]),
        ("a hundred percent", [100]),
        ("one hundred percent", [100]),
        ("twelve %", [12]),
        ("0.9", []),
        ("90", []),
        ("90 people", []),
        ("90 percentile", []),
        ("12.5%", [12.5]),
        ("12,5 %", [12.5]),
        ("1,500 %", [1500]),
        ("1.500 %", [1500]),
        ("1.500,5 %", [1500.5]),
        ("1 500 %", [1500]),
        ("0.125 %", [0.125]),
        ("20-90%", [20, 90]),
        ("20 to 90 percent", [20, 90]),
        ("20 or 90 apples", []),
        ("between 20 and 30%", [20, 30]),
        ("5 of 10 %", [10]),
        ("version 1.2.3, 4%", [4]),
        ("2 thousand percent", [2000]),
    ],
)
def test_percentages(text: str, values: list[float]) -> None:
    assert [q.value for q in Unit("%").quantities(text)] == values
    assert [q.value for q in Unit("percent").quantities(text)] == values


@pytest.mark.parametrize(
    ("unit", "text", "values"),
    [
        ("EUR", "€ 1.500,50 or EUR20 or 5 euros, $7", [1500.5, 20, 5]),
        ("€", "1 200 €", [1200]),
        ("euro", "2 million euros", [2_000_000]),
        ("USD", "US$5k, $ 3, 4 dollars, €9", [5000, 3, 4]),
        ("GBP", "£68 and 42 pounds", [68, 42]),
        ("days", "30 days, one day, 14-day, 3 daylight", [30, 1, 14]),
        ("day", "30 days", [30]),
        ("kg", "5 kg, 6kg, 7 kgs, 8 kgm", [5, 6, 7]),
    ],
)
def test_other_units(unit: str, text: str, values: list[float]) -> None:
    assert [q.value for q in Unit(unit).quantities(text)] == values


def test_a_quantity_knows_its_place() -> None:
    text = "only € 5 or ninety euros"
    assert [text[q.start : q.end] for q in Unit("EUR").quantities(text)] == ["€ 5", "ninety euros"]


@given(st.integers(0, 10**9), st.sampled_from(["%", " %", " percent", "\u00a0%", "-percent"]))
def test_every_whole_number_is_read(number: int, unit: str) -> None:
    assert [q.value for q in Unit("%").quantities(f"so {number}{unit} it is")] == [number]
    assert [q.value for q in Unit("%").quantities(f"so {number:,}{unit} it is")] == [number]


@given(st.text("0123456789 .,-%$k'onehundred", max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    for unit in ("%", "USD", "days"):
        for quantity in Unit(unit).quantities(text):
            assert 0 <= quantity.start < quantity.end <= len(text)
