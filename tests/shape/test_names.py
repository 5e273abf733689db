"""The public names are pinned: adding or removing one is a decision."""

from __future__ import annotations

import holdfast
from tests.shape.tree import ROOT

PINNED = (ROOT / "tests/shape/public_names.txt").read_text(encoding="utf-8").split()


def test_public_names_are_pinned() -> None:
    assert sorted(getattr(holdfast, "__all__", ())) == PINNED


def test_every_public_name_is_there_and_documented() -> None:
    assert [name for name in PINNED if not getattr(holdfast, name).__doc__] == []
