from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain.document import Document
from holdfast.errors import DocumentError
from holdfast.pipeline.load import LOADERS, Limits, load, media_type
from tests.support.documents import archive, docx, paragraph, pdf

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read(path: str, data: bytes, **limits: int) -> str:
    document = Document("0" * 64, media_type(path, data), data)
    return load(document, limits=Limits(**limits)).body


def test_the_loaders_name_the_libraries_they_use() -> None:
    assert set(LOADERS["libraries"]) >= {"pypdf", "mammoth", "markdownify", "charset-normalizer"}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.md", b"# Title\n\nwords here\n"),
        ("a.txt", b"words here"),
        ("a", b"words here"),
        ("a.html", b"<p>words here</p>"),
        ("a.pdf", pdf(["words here"])),
        ("a.docx", docx(paragraph("words here"))),
    ],
)
def test_each_kind_of_document_gives_its_text(path: str, data: bytes) -> None:
    assert "words here" in read(path, data)


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("a.md", b"", "empty"),
        ("a.md", b" \n\t ", "empty"),
        ("a.bin", bytes(range(256)) * 4, "octet-stream"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "image/png"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64, "Office"),
        ("a.zip", archive({"notes.md": b"# Hello"}), "unpack it"),
        ("a.docx", b"PK\x03\x04 broken", "unpack it"),
        ("a.pdf", b"%PDF-1.7 and then nothing", "broken PDF"),
        ("a.pdf", pdf(["secret"], password="open sesame"), "password"),
        ("a.pdf", pdf([]), "no text"),
        ("a.docx", docx(), "no text"),
        ("a.html", b"<script>alert(1)</script>", "no text"),
        ("a.md", b"---\ntitle: only front matter\n---\n", "no text"),
    ],
)
def test_what_cannot_be_read_says_why(path: str, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read(path, data)


def test_a_document_over_a_limit_is_refused() -> None:
    with pytest.raises(DocumentError, match="11 bytes, more than 10"):
        read("a.txt", b"x" * 11, bytes=10)
    with pytest.raises(DocumentError, match="11 characters, more than 10"):
        read("a.txt", b"x" * 11, characters=10)


def test_an_unknown_media_type_is_refused() -> None:
    with pytest.raises(DocumentError, match="audio/mpeg"):
        load(Document("", "audio/mpeg", b"la la"))


@given(st.binary(max_size=400), st.sampled_from(["a.md", "a.html", "a.pdf", "a.docx", "a"]))
def test_no_bytes_raise_anything_else(data: bytes, path: str) -> None:
    for start in (b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>"):
        source = start + data
        try:
            text = load(Document("", media_type(path, source), source))
        except DocumentError:
            continue
        assert text.body.strip()


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_damaged_file_raises_nothing_else(place: int, byte: int) -> None:
    for whole, kind in ((pdf(["some words"]), "application/pdf"), (docx(paragraph("words")), WORD)):
        data = bytearray(whole)
        data[place % len(data)] = byte
        try:
            load(Document("", kind, bytes(data)))
        except DocumentError:
            continue
