from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.extractive.split import LONGEST, split


def said(text: str) -> list[str]:
    return [statement.text for statement in split(text)]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("One here. Two there! Three?", ["One here.", "Two there!", "Three?"]),
        ("Dr. A. B. Lee, e.g. Prof. Roe, left.", ["Dr. A. B. Lee, e.g. Prof. Roe, left."]),
        ("At 3 p.m. Monday it opens.", ["At 3 p.m. Monday it opens."]),
        ("It costs 3.50. Really.", ["It costs 3.50.", "Really."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("A line\nthat goes on.\nNext.", ["A line that goes on.", "Next."]),
        ("> Quoted text.\n> More.", ["Quoted text.", "More."]),
        ("# Head\n\ntext", ["text"]),
        ("Head\n====\n\ntext", ["text"]),
        ("- one\n- two\n  more\n* three", ["one", "two more", "three"]),
        ("1. First. Go.\n2) Second", ["First.", "Go.", "Second"]),
        ("Bring:\n\n- boots\n- A map is free.", ["Bring: boots", "A map is free."]),
        ("```sh\nrm -rf /\n```\nafter", ["after"]),
        ("**Bold** and *it* [link](http://x.example/y) ![alt](z.png)", ["Bold and it link alt"]),
        ("snake_case_name stays, 2 * 3 * 4 too", ["snake_case_name stays, 2 * 3 * 4 too"]),
        ("<b>tag</b> gone, 1 < 2", ["tag gone, 1 < 2"]),
        ("/// note\n\nInside.\n\n///", ["Inside."]),
        ("", []),
    ],
)
def test_what_counts_as_a_statement(text: str, statements: list[str]) -> None:
    assert said(text) == statements


def test_a_table_row_names_its_columns() -> None:
    head = "| Level | Discount | Note |\n|:--|--:|---|\n"
    table = f"{head}| Ridge | 5% | |\n| Summit | 10% | a\\|b |\n"
    assert said(table) == ["Ridge: Discount 5%", "Summit: Discount 10%, Note a|b"]


def test_a_statement_knows_its_heading_and_its_neighbour() -> None:
    first, second, third = split("## Fees\n\nOne is due. Two are not.\n\nNew.")
    assert [s.context for s in (first, second, third)] == ["Fees"] * 3
    assert [s.follows for s in (first, second, third)] == [False, True, False]


def test_a_wall_of_text_is_cut() -> None:
    assert len(said("x" * 5_000)[0]) == LONGEST


@given(st.text("aB. |-#*_`<>[]()\n:1!", max_size=300))
def test_any_text_can_be_split(text: str) -> None:
    assert all(statement.strip() for statement in said(text))
