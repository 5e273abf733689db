"""What sort of document some bytes are."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath

from holdfast.errors import DocumentError
from holdfast.pipeline.load.plain import decode

MARKDOWN = "text/markdown"
PLAIN = "text/plain"
HTML = "text/html"
PDF = "application/pdf"
ZIP = "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

EXTENSIONS = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".mdx": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
}
"""Text formats that the content alone does not tell apart; every other text is plain."""

UNKNOWN = "application/octet-stream"
MAGIC = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/x-ole-storage",
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"\x1f\x8b": "application/gzip",
    b"\x7fELF": "application/x-executable",
    b"SQLite format 3\x00": "application/vnd.sqlite3",
}
"""Types that no loader reads, so that a refusal can say what was found."""


def media_type(path: str, data: bytes) -> str:
    """The media type of a document, by its first bytes, then by its name.

    >>> media_type("notes.md", b"# Hello")
    'text/markdown'
    >>> media_type("report", b"%PDF-1.7 ...")
    'application/pdf'

    Never fails: ``load`` says why a type cannot be read.
    """
    if b"%PDF-" in data[:1024]:
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    for magic, name in MAGIC.items():
        if data.startswith(magic):
            return name
    try:
        start = decode(data)[:1024].lstrip().lower()
    except DocumentError:
        return UNKNOWN
    if start.startswith(("<!doctype html", "<html")):
        return HTML
    return EXTENSIONS.get(PurePath(path).suffix.lower(), PLAIN)


def _archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ZIP
    return DOCX if "word/document.xml" in names else ZIP
