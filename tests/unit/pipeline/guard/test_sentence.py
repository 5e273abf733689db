# ruff: noqa: RUF001 - other scripts end sentences too
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.pipeline.guard.sentence import LONGEST, next_sentence, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["One. ", "Two! ", "Three?"],
        ['He said "no." ', "Then he left."],
        ["Up to 5 pct. off."],
        ["It costs 5. 30 are left."],
        ["First.\n\n", "Second."],
        ["Para\n\n", "Next"],
        ["A list:\n\n- one\n- two\n\n- three"],
        ["| a | b |\n|---|---|\n| 1 | 2 |"],
        ["これは。", "それは！", "はい"],
        ["Wait... ", "What"],
        ["no end"],
    ],
)
def test_sentences_end_where_a_reader_sees_it(parts: list[str]) -> None:
    assert cut("".join(parts)) == parts


def test_a_long_run_is_cut_at_a_space() -> None:
    first, second = cut("word " * 1000)
    assert len(first) == LONGEST
    assert first.endswith(" ")
    assert second


@given(st.text("aA1 .!?\n-|:。", max_size=300))
def test_sentences_cover_the_text(text: str) -> None:
    assert "".join(cut(text)) == text
    assert all(cut(text))


@given(st.text("aA1 .!?\n-|:。", max_size=200), st.text("aA1 .!?\n-|:。", max_size=50))
def test_what_follows_never_moves_an_end(text: str, more: str) -> None:
    start: int | None = 0
    while start is not None and (end := next_sentence(text, start)) is not None:
        assert next_sentence(text + more, start) == end
        start = end
