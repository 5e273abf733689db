from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.pipeline.headings import headings


def found(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in headings(text)]


def test_both_kinds_of_heading_are_found() -> None:
    assert found("# A\n###   B ###\nC\n===\nD\n---\n") == [(1, "A"), (3, "B"), (1, "C"), (2, "D")]


def test_what_looks_like_one_is_none() -> None:
    text = "#no\n####### seven\n    # code\n\n---\n- item\n---\n| a |\n---\n\\# escaped\n#\n"
    assert found(text) == []


def test_code_blocks_hide_headings() -> None:
    assert found("~~~~\n# a\n~~~\n# b\n~~~~\n# c\n```sh\n# d\n") == [(1, "c")]


def test_marks_are_left_out() -> None:
    assert found("## **Bold** [link](x.md) `code` { #id .class }\n") == [(2, "Bold link code")]


def test_places_are_those_of_the_text() -> None:
    text = "é\r\n# A\r\n\r\nT\n=\nend"
    first, second = headings(text)
    assert text[first.start : first.end] == "# A\r\n"
    assert text[second.start : second.end] == "T\n=\n"


@given(st.text("#=- \n`~ab", max_size=200))
def test_headings_are_in_order_and_within_the_text(text: str) -> None:
    last = 0
    for heading in headings(text):
        assert last <= heading.start < heading.end <= len(text)
        last = heading.end
