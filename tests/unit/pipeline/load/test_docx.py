from __future__ import annotations

import pytest

from holdfast.errors import DocumentError
from holdfast.pipeline.load.docx import docx
from holdfast.pipeline.load.limits import LIMITS, Limits
from tests.support import documents
from tests.support.documents import paragraph

STYLES = (
    f'<?xml version="1.0"?><w:styles xmlns:w="{documents.W}"><w:style w:type="paragraph" '
    'w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
)


def test_headings_and_paragraphs_become_markdown() -> None:
    source = documents.docx(
        paragraph("Opening hours", style="Heading1"),
        paragraph("Nine to five."),
        extra={"word/styles.xml": STYLES.encode()},
    )
    text = docx(source, LIMITS)
    assert text.body.split("\n\n")[-1] == "Nine to five.\n"
    assert "Opening hours" in text.body


def test_entities_are_refused_and_nothing_outside_is_read() -> None:
    for head in (
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
    ):
        with pytest.raises(DocumentError, match="entities"):
            docx(documents.docx(paragraph("&a;"), head=head), LIMITS)


def test_another_encoding_cannot_hide_entities() -> None:
    part = '<!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16")
    with pytest.raises(DocumentError, match="UTF-8"):
        docx(documents.docx(paragraph("x"), extra={"word/x.xml": part}), LIMITS)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = documents.docx(paragraph("x"), extra={"word/media/a.bin": bytes(3_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(DocumentError, match="unpacks to"):
        docx(bomb, Limits(archive_bytes=1_000_000))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(archive_parts=2), "3 parts"),
        (Limits(xml_bytes=100), "bytes of XML"),
        (Limits(xml_elements=5), "XML elements"),
    ],
)
def test_limits_hold(limits: Limits, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        docx(documents.docx(paragraph("x")), limits)


def test_a_broken_part_is_a_broken_document() -> None:
    with pytest.raises(DocumentError, match="broken docx"):
        docx(documents.docx("<w:p><w:r>"), LIMITS)
