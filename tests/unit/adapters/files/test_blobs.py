"""Blobs as files: what a killed writer leaves behind, and what the disk does to them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from holdfast.adapters.files import FileBlobs
from holdfast.errors import CorruptionError, StorageError


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
