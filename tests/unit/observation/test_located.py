from __future__ import annotations

import pytest

from holdfast.errors import SettingsError
from holdfast.observation.located import documents


def test_every_place_knows_its_line() -> None:
    first, second = documents("a:\n  - b: 1\n    c: 2\n---\nd: 3\n", file="f.yaml")
    assert first.value == {"a": [{"b": 1, "c": 2}]}
    assert first.line(("a", 0, "c")) == 3
    assert first.line(("a", 0, "nowhere")) == 2
    assert second.line(("d",)) == 5


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2", "a: &x 1\nb: *x", "a: !!python/object:os.system {}", "\x00"]
)
def test_what_is_not_plain_is_refused(text) -> None:
    with pytest.raises(SettingsError, match=r"f\.yaml"):
        documents(text, file="f.yaml")
