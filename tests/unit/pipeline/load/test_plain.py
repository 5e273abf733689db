from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import DocumentError
from holdfast.pipeline.load.plain import decode

GERMAN = "Die Öffnungszeiten für Gäste ändern sich über die Feiertage: größtenteils früher. " * 5


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "latin-1", "cp1252"]
)
def test_text_is_read_in_its_character_set(encoding: str) -> None:
    data = GERMAN.encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    assert decode(data) == GERMAN


def test_line_ends_are_one_character() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


def test_stray_control_characters_vanish() -> None:
    assert decode(b"x" * 5000 + b"\x08\x00y") == "x" * 5000 + "y"


def test_many_control_characters_are_no_text() -> None:
    with pytest.raises(DocumentError, match="binary"):
        decode(b"ab\x01\x02\x03")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_utf8_comes_back_unchanged(text: str) -> None:
    assert decode(text.encode("utf-8")).lstrip("\ufeff") == text.lstrip("\ufeff")
