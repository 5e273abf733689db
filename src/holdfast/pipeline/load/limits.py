"""How large a document may be, before and after it is unpacked."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from holdfast.domain.digest import JsonObject

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one document; what exceeds them is a ``DocumentError``."""

    bytes: int = 50 * MEGABYTE
    """Size of the file."""
    characters: int = 20 * MEGABYTE
    """Length of the text read out of it."""
    html_bytes: int = 10 * MEGABYTE
    pages: int = 3_000
    pdf_work: int = 200 * MEGABYTE
    """Decompressed page contents of a PDF, all pages together."""
    archive_bytes: int = 200 * MEGABYTE
    """Unpacked size of all parts of a docx."""
    archive_parts: int = 5_000
    xml_bytes: int = 32 * MEGABYTE
    """Unpacked size of the XML parts of a docx."""
    xml_elements: int = 1_000_000

    def json(self) -> JsonObject:
        return asdict(self)


LIMITS = Limits()
