"""Documents to text."""

from __future__ import annotations

from importlib.metadata import version

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Document, Text
from holdfast.errors import DocumentError
from holdfast.pipeline.load import kind
from holdfast.pipeline.load.kind import DOCX, HTML, MARKDOWN, PDF, PLAIN, media_type
from holdfast.pipeline.load.limits import LIMITS, Limits
from holdfast.pipeline.load.markdown import markdown
from holdfast.pipeline.load.plain import plain

__all__ = ["LIMITS", "LOADERS", "Limits", "load", "media_type"]

READERS = (MARKDOWN, PLAIN, HTML, PDF, DOCX)

ADVICE = {
    "application/x-ole-storage": "an encrypted or old Office file: save it as docx, no password",
    "application/zip": "no Word document is in it: unpack it and ingest its files",
    "application/gzip": "unpack it and ingest its files",
}

LOADERS: JsonObject = {
    "version": 1,
    "libraries": {
        name: version(name)
        for name in ("beautifulsoup4", "charset-normalizer", "mammoth", "markdownify", "pypdf")
    },
}
"""What the text of a document depends on besides its bytes: part of the preprocessing component."""


def load(document: Document, *, limits: Limits = LIMITS) -> Text:
    """Title and text of a document, by its media type.

    >>> load(Document("", "text/markdown", b"# Opening hours\\n\\nNine to five.")).title
    'Opening hours'

    The title is empty when the document has none. Nothing in a document is executed or fetched.
    Raises ``DocumentError`` when it is empty, broken, encrypted, of another type or over a limit.
    """
    size = len(document.source)
    if size > limits.bytes:
        raise DocumentError(f"document of {size} bytes, more than {limits.bytes}: split it")
    if not document.source.strip():
        raise DocumentError("empty document: nothing to read")
    if document.media_type not in READERS:
        advice = ADVICE.get(document.media_type, "only text, HTML, PDF and docx can be read")
        raise DocumentError(f"a document of type {document.media_type!r} is not read: {advice}")
    text = _read(document, limits)
    if len(text.body) > limits.characters:
        raise DocumentError(
            f"text of {len(text.body)} characters, more than {limits.characters}: split it"
        )
    if not text.body.strip():
        raise DocumentError("no text in the document (a scan has none): nothing to read")
    return text


def _read(document: Document, limits: Limits) -> Text:
    """Each reader's library is loaded with the first document that needs it."""
    match document.media_type:
        case kind.HTML:
            from holdfast.pipeline.load.html import html

            return html(document.source, limits)
        case kind.PDF:
            from holdfast.pipeline.load.pdf import pdf

            return pdf(document.source, limits)
        case kind.DOCX:
            from holdfast.pipeline.load.docx import docx

            return docx(document.source, limits)
        case kind.MARKDOWN:
            return markdown(document.source)
        case _:
            return plain(document.source)
