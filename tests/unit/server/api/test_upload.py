"""Documents as they are sent."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdfast.domain.digest import digest_bytes
from holdfast.errors import LimitError
from holdfast.server.api.upload import NewDocument, Upload


@given(st.binary(max_size=200))
def test_base64_carries_any_bytes(data: bytes) -> None:
    document = NewDocument(path="a", content=base64.b64encode(data).decode(), encoding="base64")
    assert document.data() == data


@given(st.text(max_size=200))
def test_text_is_utf_8(text: str) -> None:
    assert NewDocument(path="a", content=text).data() == text.encode()


@pytest.mark.parametrize("content", ["a", "YQ", "YQ==\n", "Y Q = ="])
def test_what_is_not_base64_is_refused(content: str) -> None:
    with pytest.raises(ValidationError, match="not base64"):
        NewDocument(path="a", content=content, encoding="base64")


def test_a_document_is_named_by_its_bytes() -> None:
    document = Upload("a.md", b"# Hello").document(megabytes=1)
    assert (document.digest, document.media_type) == (digest_bytes(b"# Hello"), "text/markdown")


def test_a_document_has_a_limit() -> None:
    with pytest.raises(LimitError, match=r"'a\.md'.*max_megabytes is 1"):
        Upload("a.md", b"x" * (1 << 20) + b"y").document(megabytes=1)
