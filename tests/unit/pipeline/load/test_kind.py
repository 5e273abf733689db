from __future__ import annotations

import pytest

from holdfast.pipeline.load import media_type
from tests.support.documents import archive, docx, paragraph, pdf

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("notes.md", b"# A", "text/markdown"),
        ("NOTES.MARKDOWN", b"# A", "text/markdown"),
        ("notes.txt", b"# A", "text/plain"),
        ("notes", b"A", "text/plain"),
        ("table.csv", b"a,b\n1,2\n", "text/plain"),
        ("page.htm", b"<p>A</p>", "text/html"),
        ("page", b"\n<!DOCTYPE HTML><p>A", "text/html"),
        ("paper.txt", pdf(["A"]), "application/pdf"),
        ("letter.zip", docx(paragraph("A")), WORD),
        ("letter.docx", archive({"a.txt": b"A"}), "application/zip"),
        ("letter.docx", b"PK\x03\x04", "application/zip"),
        ("photo.md", b"\xff\xd8\xff\xe0 JFIF", "image/jpeg"),
        ("data.md", b"\x00\x01\x02" * 100, "application/octet-stream"),
        ("wide.md", "# Grüße".encode("utf-16"), "text/markdown"),
    ],
)
def test_content_decides_before_the_name(path: str, data: bytes, expected: str) -> None:
    assert media_type(path, data) == expected
