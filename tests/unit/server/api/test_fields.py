"""Paths within the corpus."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.server.api.fields import check_path


@pytest.mark.parametrize("path", ["a", "a.md", "guide/über uns.md", "a b/c", "..a/b..", ".hidden"])
def test_good_paths(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0", "a\u202e"],
)
def test_bad_paths(path: str) -> None:
    with pytest.raises(ValueError, match="a path"):
        check_path(path)


@given(st.text(max_size=30))
def test_a_good_path_stays_inside_a_folder_and_is_written_one_way(path: str) -> None:
    try:
        check_path(path)
    except ValueError:
        return
    pure = PurePosixPath(path)
    assert str(pure) == path
    assert not pure.is_absolute()
    assert ".." not in pure.parts
