from __future__ import annotations

import pytest

from holdfast.observation.language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You can return shoes within 30 days of the purchase.", "en"),
        ("Sie können die Schuhe mit der Rechnung zurückgeben, das ist kein Problem.", "de"),
        ("Vous pouvez rendre les chaussures dans les 30 jours.", "fr"),
        ("Обувь можно вернуть", "cyrillic"),
        ("42", ""),
        ("", ""),
    ],
)
def test_a_text_tells_its_language(text: str, expected: str) -> None:
    assert language(text) == expected
