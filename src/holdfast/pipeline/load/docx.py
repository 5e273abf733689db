"""Word documents: their text as Markdown."""

from __future__ import annotations

import io
import zipfile

import mammoth

from holdfast.domain.document import Text
from holdfast.errors import DocumentError
from holdfast.pipeline.load.html import from_markup
from holdfast.pipeline.load.limits import Limits


def docx(data: bytes, limits: Limits) -> Text:
    """The document's text with headings, lists and tables; its first heading."""
    try:
        _check(data, limits)
        result = mammoth.convert_to_html(
            io.BytesIO(data),
            convert_image=mammoth.images.img_element(lambda _image: {}),
            include_embedded_style_map=False,
            external_file_access=False,
        )
    except DocumentError:
        raise
    # mammoth names no errors of its own: zip, XML and missing parts raise what they raise.
    except Exception as e:
        raise DocumentError(f"broken docx ({type(e).__name__}: {e}): save it anew") from e
    return from_markup(result.value)


def _check(data: bytes, limits: Limits) -> None:
    """Refuses what unpacks to more than its limits or brings its own XML entities.

    ``zipfile`` never unpacks more of a part than the size it declares, so declared sizes are safe.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > limits.archive_parts:
            raise DocumentError(f"docx of {len(parts)} parts, more than {limits.archive_parts}")
        if any(part.flag_bits & 1 for part in parts):
            raise DocumentError("docx with a password: save it without one")
        unpacked = sum(part.file_size for part in parts)
        if unpacked > limits.archive_bytes:
            raise DocumentError(
                f"docx unpacks to {unpacked} bytes, more than {limits.archive_bytes}: split it"
            )
        markup = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
        size = sum(part.file_size for part in markup)
        if size > limits.xml_bytes:
            raise DocumentError(f"docx with {size} bytes of XML, more than {limits.xml_bytes}")
        elements = 0
        for part in markup:
            elements += _elements(archive.read(part), part.filename)
            if elements > limits.xml_elements:
                raise DocumentError(f"docx with more than {limits.xml_elements} XML elements")


def _elements(xml: bytes, name: str) -> int:
    if b"\x00" in xml:
        raise DocumentError(f"docx part {name!r} is not UTF-8: save the document anew")
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise DocumentError(f"docx part {name!r} declares XML entities: not read")
    return xml.count(b"<")
