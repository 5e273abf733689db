from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.openai.endpoint import Endpoint
from holdfast.adapters.openai.translate import LONGEST, said

HERE = Endpoint("http://localhost/v1", api_key="very-secret-key")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("too many\n\trequests\x1b", "too many requests"),
        ("key very-secret-key is wrong", "key [key] is wrong"),
        ("Incorrect key: sk-abcdefgh1234*****wxyz.", "Incorrect key: [key]"),
        ("sent Authorization: Bearer abc.def", "sent Authorization: [key]"),
    ],
)
def test_a_providers_words_are_made_safe(text: str, shown: str) -> None:
    assert said(text, HERE) == shown


@given(st.text(max_size=1_000))
def test_any_words_fit_on_a_line(text: str) -> None:
    found = said(f"{text}very-secret-key", HERE)
    assert "very-secret-key" not in found
    assert "\n" not in found
    assert len(found) <= LONGEST + len(" [...]")
