# ruff: noqa: RUF001 - signs that look alike are the point
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.privacy.fold import fold


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("９０％", "90%"),
        ("9\u200b0\u00ad%", "90%"),
        ("\u202eevil", "evil"),
        ("ﬁne", "fine"),
        ("a\tb\nc", "a\tb\nc"),
        ("é", "é"),
    ],
)
def test_what_looks_alike_reads_alike(source: str, text: str) -> None:
    assert fold(source).text == text


def test_a_span_covers_what_is_hidden_within_and_beside_it() -> None:
    source = "a\u200bb\u200bc\u200bd"
    folded = fold(source)
    assert folded.text == "abcd"
    start, end = folded.span(1, 3)
    assert source[start:end] == "\u200bb\u200bc\u200b"


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_span_lies_in_the_source_and_covers_the_match(source: str, one: int, two: int) -> None:
    folded = fold(source)
    start, end = sorted((min(one, len(folded.text)), min(two, len(folded.text))))
    left, right = folded.span(start, end)
    assert 0 <= left <= right <= len(source)
    assert folded.text[start:end] in fold(source[left:right]).text
