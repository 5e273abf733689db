from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.errors import UsageError
from holdfast.pipeline.queue import ENQUEUED, QUARANTINED
from holdfast.pipeline.scan import read, scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("b.md", "a.txt", "sub/c.md", ".hidden.md", ".git/d.md", "sub/.e.md"):
        file = tmp_path / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return tmp_path / "docs"


def found(folder: Path, **options: object) -> list[str]:
    return [entry.path for entry in scan(folder, **options)]


def test_all_files_but_hidden_ones_are_found_in_order(folder: Path) -> None:
    assert found(folder) == ["a.txt", "b.md", "sub/c.md"]


def test_patterns_choose(folder: Path) -> None:
    assert found(folder, include=["**/*.md"]) == ["b.md", "sub/c.md"]
    assert found(folder, include=["*.md", "*.txt"]) == ["a.txt", "b.md"]
    assert found(folder, exclude=["*.txt", "sub/*"]) == ["b.md"]
    assert found(folder, include=["**/*", "*.md"]) == ["a.txt", "b.md", "sub/c.md"]


def test_a_prefix_stands_before_every_path(folder: Path) -> None:
    assert found(folder, prefix="guide/") == ["guide/a.txt", "guide/b.md", "guide/sub/c.md"]
    assert found(folder / "b.md", prefix="guide/") == ["guide/b.md"]


def test_one_file_is_found_by_its_name(folder: Path) -> None:
    assert [(entry.path, entry.file) for entry in scan(folder / "sub" / "c.md")] == [
        ("c.md", folder / "sub" / "c.md")
    ]


def test_no_such_place_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        scan(folder / "nowhere")


def test_files_are_read_with_their_digest_and_type(folder: Path) -> None:
    ((item, document),) = read(scan(folder / "b.md"), max_bytes=100)
    assert (item.path, item.status, item.bytes, item.media_type) == (
        "b.md",
        ENQUEUED,
        4,
        "text/markdown",
    )
    assert document is not None
    assert (document.source, document.digest) == (b"b.md", digest_bytes(b"b.md"))
    assert item.document == document.digest


def test_what_cannot_be_read_is_put_aside_with_its_reason(folder: Path) -> None:
    entries = scan(folder, include=["*"])
    (folder / "b.md").unlink()
    (text, none), (gone, nothing) = read(entries, max_bytes=4)
    assert (text.status, none) == (QUARANTINED, None)
    assert text.reason == "5 bytes are more than the limit of 4"
    assert (gone.status, nothing) == (QUARANTINED, None)
    assert gone.reason == "cannot be read: No such file or directory"
    assert (gone.document, gone.bytes) == ("", 0)
