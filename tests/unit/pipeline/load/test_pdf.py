from __future__ import annotations

import pytest

from holdfast.errors import DocumentError
from holdfast.pipeline.load.limits import LIMITS, Limits
from holdfast.pipeline.load.pdf import pdf
from tests.support import documents


def test_the_text_of_all_pages_is_read() -> None:
    text = pdf(documents.pdf(["One", "two."], ["Three."]), LIMITS)
    assert text.body == "One\ntwo.\n\nThree."
    assert text.title == "One"


def test_the_metadata_title_comes_first_unless_a_program_wrote_it() -> None:
    assert pdf(documents.pdf(["x"], title="A Paper"), LIMITS).title == "A Paper"
    assert pdf(documents.pdf(["x"], title="Microsoft Word - a.doc"), LIMITS).title == "x"


def test_words_broken_at_a_line_end_are_joined() -> None:
    assert pdf(documents.pdf(["an exam-", "ple, A-", "Z"]), LIMITS).body == "an example, A-\nZ"


def test_an_empty_password_is_none() -> None:
    assert pdf(documents.pdf(["open"], password=""), LIMITS).body == "open"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(pages=1), "2 pages, more than 1"),
        (Limits(pdf_work=20), "unpacks to more than 20"),
        (Limits(characters=3), "more than 3 characters"),
    ],
)
def test_limits_hold(limits: Limits, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        pdf(documents.pdf(["word"], ["word"]), limits)
