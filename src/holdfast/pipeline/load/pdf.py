"""PDF: the text of its pages."""

from __future__ import annotations

import io
import re

from pypdf import Configuration, PdfReader, apply_configuration

from holdfast.domain.document import Text
from holdfast.errors import DocumentError
from holdfast.pipeline.load.limits import MEGABYTE, Limits

HYPHENATED = re.compile(r"(\w)[-\u00ad\u2010]\n([a-zà-öø-ÿ])")
PRODUCER_TITLE = re.compile(
    r"^(?:Microsoft \w+ - |untitled|unknown|.*\.(?:docx?|indd|tex|dvi)$)", re.IGNORECASE
)
"""What programs write where nobody gave a title."""
LONGEST_TITLE = 200

STREAM_LIMITS = Configuration(
    maximum_declared_stream_length=50 * MEGABYTE,
    array_based_stream_maximum_output_length=50 * MEGABYTE,
    lzw_maximum_output_length=50 * MEGABYTE,
    run_length_maximum_output_length=50 * MEGABYTE,
    zlib_maximum_output_length=50 * MEGABYTE,
    stream_parsing_work_maximum_count=1_000_000,
    xform_maximum_invocations_per_extraction=500,
    jbig2dec_binary=None,
)
"""Tighter than pypdf's own; the last keeps it from starting a program."""


def pdf(data: bytes, limits: Limits) -> Text:
    """The pages' text, a blank line between two; the title of the metadata, else the first line."""
    try:
        with apply_configuration(STREAM_LIMITS):
            return _read(data, limits)
    except DocumentError:
        raise
    # pypdf says of itself that a broken file may cause any exception.
    except Exception as e:
        raise DocumentError(f"broken PDF ({type(e).__name__}: {e}): save it anew") from e


def _read(data: bytes, limits: Limits) -> Text:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError("PDF with a password: save it without one")
    if len(reader.pages) > limits.pages:
        raise DocumentError(f"PDF of {len(reader.pages)} pages, more than {limits.pages}: split it")
    pages: list[str] = []
    work = characters = 0
    for page in reader.pages:
        contents = page.get_contents()
        work += len(contents.get_data()) if contents is not None else 0
        if work > limits.pdf_work:
            raise DocumentError(f"PDF unpacks to more than {limits.pdf_work} bytes: split it")
        pages.append(HYPHENATED.sub(r"\1\2", page.extract_text().strip()))
        characters += len(pages[-1])
        if characters > limits.characters:
            raise DocumentError(f"PDF with more than {limits.characters} characters: split it")
    body = "\n\n".join(page for page in pages if page)
    return Text(title=_title(reader) or _first_line(body), body=body)


def _title(reader: PdfReader) -> str:
    title = " ".join(((reader.metadata and reader.metadata.title) or "").split())
    return "" if PRODUCER_TITLE.match(title) else title[:LONGEST_TITLE]


def _first_line(body: str) -> str:
    return body.lstrip().partition("\n")[0].strip()[:LONGEST_TITLE]
