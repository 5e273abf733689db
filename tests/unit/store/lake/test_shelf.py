"""Segments on disk: what the disk refuses, what killed writers leave, what two write at once."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from holdfast.ports.lake import ChunkColumns
from holdfast.store.lake import shelf as shelves
from holdfast.store.lake.segment import Segment, build
from holdfast.store.lake.shelf import Shelf


def segment(rows: int = 6) -> Segment:
    generator = np.random.default_rng(rows)
    return build(
        ChunkColumns(
            rows=np.arange(rows, dtype=np.int64),
            ids=np.frombuffer(generator.bytes(32 * rows), "V32"),
            documents=np.frombuffer(generator.bytes(32 * rows), "V32"),
            vectors=generator.standard_normal((rows, 4)).astype(np.float16),
            terms=np.arange(rows, dtype=np.uint32),
            offsets=np.arange(rows + 1, dtype=np.int64),
        )
    )


def same(one: Segment, other: Segment) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Segment)
    )


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    made = segment()
    assert same(Shelf(tmp_path).save(made, after=-1), made)
    (found,) = Shelf(tmp_path).load()
    assert same(found, made)
    codes = np.arange(2 * len(made), dtype=np.uint64).reshape(2, -1)
    Shelf(tmp_path).keep(made, name="a" * 64, codes=codes)
    assert np.array_equal(Shelf(tmp_path).codes(made, name="a" * 64, words=2), codes)
    assert list((tmp_path / "v1/new").iterdir()) == []


def test_a_full_disk_does_not_stop_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    made = segment()
    with monkeypatch.context() as patch:
        patch.setattr(shelves, "_write", full)
        assert Shelf(tmp_path).save(made, after=-1) is made
        Shelf(tmp_path).keep(made, name="a" * 64, codes=np.zeros((1, 6), np.uint64))
    assert Shelf(tmp_path).codes(made, name="a" * 64, words=1) is None
    assert Shelf(tmp_path).load() == []
    assert list((tmp_path / "v1/new").iterdir()) == []
    assert Shelf(tmp_path).save(made, after=-1) is not made


def test_two_may_keep_the_same_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = segment()
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        monkeypatch.undo()
        Shelf(tmp_path).save(made, after=-1)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    assert same(Shelf(tmp_path).save(made, after=-1), made)
    assert len(Shelf(tmp_path).load()) == 1


def test_a_torn_segment_is_forgotten(tmp_path: Path) -> None:
    Shelf(tmp_path).save(segment(), after=-1)
    (file,) = tmp_path.glob("v1/*/vectors.npy")
    file.write_bytes(file.read_bytes()[:40])
    assert Shelf(tmp_path).load() == []


def test_what_killed_writers_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.save(segment(), after=-1)
    old, young = tmp_path / "v1/new/old", tmp_path / "v1/new/young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "ids.npy").write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    shelf.save(segment(7), after=5)
    assert list((tmp_path / "v1/new").iterdir()) == [young]
