from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.scorers.sentence import LONGEST, sentences


def test_ends_that_are_none() -> None:
    assert sentences("Dr. Ann paid 9.90 euros, e.g. Monday. U. Smith too!") == [
        "Dr. Ann paid 9.90 euros, e.g. Monday.",
        "U. Smith too!",
    ]


def test_lists_paragraphs_and_other_scripts() -> None:
    assert sentences("Steps:\n- one\n- two\n\nDone") == ["Steps:", "- one", "- two", "Done"]
    assert sentences("\u6f22\u5b57\u3002\u6f22\uff1f") == ["\u6f22\u5b57\u3002", "\u6f22\uff1f"]
    assert sentences(" \n ") == []


@given(st.text("aB1 .!?\n\"')-", max_size=200))
def test_nothing_is_lost(text) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_a_text_without_end_is_cut() -> None:
    assert [len(s) for s in sentences("a" * (2 * LONGEST + 1))] == [LONGEST, LONGEST, 1]
