"""Blobs as files: what a killed writer leaves behind, and what the disk does to them."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from holdfast.adapters.files import FileBlobs, blobs
from holdfast.domain.digest import digest_bytes
from holdfast.errors import CorruptionError, StorageError, StorageFullError, UsageError


def path(folder: Path, digest: str) -> Path:
    return folder / "sha256" / digest[:2] / digest


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest = blobs.put(b"a prompt")
    (file,) = tmp_path.glob(f"sha256/*/{digest}")
    file.write_bytes(b"A prompt")
    with pytest.raises(CorruptionError, match=digest):
        blobs.get(digest)


def test_what_killed_writers_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blobs.put(b"first")
    old, young = tmp_path / "new/old", tmp_path / "new/young"
    for file in (old, young):
        file.write_bytes(b"half a bl")
    os.utime(old, (time.time() - 7200,) * 2)
    blobs.put(b"second")
    assert list((tmp_path / "new").iterdir()) == [young]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(StorageError, match="blobs"):
        FileBlobs(tmp_path / "blobs").put(b"data")


@pytest.mark.parametrize("name", ["", "abc", "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
def test_only_digests_are_looked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="digest"):
        FileBlobs(tmp_path).get(name)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, StorageFullError), (errno.EDQUOT, StorageFullError), (errno.EIO, StorageError)],
)
def test_a_failed_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[StorageError]
) -> None:
    held = FileBlobs(tmp_path)
    held.put(b"other")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(blobs.os, "fsync", refuse)
    with pytest.raises(expected) as raised:
        held.put(b"prompt")
    assert type(raised.value) is expected
    monkeypatch.undo()
    files = [one for one in tmp_path.rglob("*") if one.is_file() and one.name != ".lock"]
    assert [one.name for one in files] == [digest_bytes(b"other")]


def test_a_blob_is_synced_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    sync, rename = os.fsync, Path.replace

    def watched(handle: int) -> None:
        log.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        log.append("RENAME")
        return rename(self, target)

    monkeypatch.setattr(blobs.os, "fsync", watched)
    monkeypatch.setattr(Path, "replace", renamed)
    digest = FileBlobs(tmp_path).put(b"prompt")
    at = log.index("RENAME")
    assert log[at - 1] != digest
    assert log[at + 1 :] == [digest[:2]]


def test_what_is_no_blob_is_not_listed(tmp_path: Path) -> None:
    held = FileBlobs(tmp_path)
    digest = held.put(b"prompt")
    path(tmp_path, digest).with_name("README").write_bytes(b"")
    assert list(held.digests()) == [digest]


def test_threads_put_the_same_blobs(tmp_path: Path) -> None:
    held = FileBlobs(tmp_path)
    contents = [b"%d" % i for i in range(20)]
    threads = [threading.Thread(target=lambda: [held.put(c) for c in contents]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(held.digests()) == {digest_bytes(content) for content in contents}
    assert all(held.get(digest_bytes(content)) == content for content in contents)
