"""What is kept of a chunk table: believed only where it speaks of the rows that are there."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from holdfast.adapters.lance import LanceLake, known, sets
from holdfast.adapters.lance.known import Known
from holdfast.adapters.lance.rows import Cursor
from tests.unit.adapters.lance.test_lake import SPACE, chunks, vectors


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SETTLED", 4)


def store(folder: Path, names: str) -> None:
    """A document of three chunks for each letter."""
    for name in names:
        LanceLake(folder).chunks.append(chunks(name), vectors(3), space=SPACE)


def held(folder: Path) -> tuple[set[str], list[int]]:
    """What a new reader finds."""
    lake = LanceLake(folder)
    rows = [row for batch in lake.chunks.columns(SPACE) for row in batch.rows.tolist()]
    return lake.chunks.documents(SPACE), rows


def kept(folder: Path) -> Path:
    return LanceLake(folder).chunks.path(SPACE) / known.FILE


def test_a_start_reads_on_from_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, "ab")
    before = held(tmp_path)
    assert kept(tmp_path).is_file()
    store(tmp_path, "c")
    starts = []
    advance = Cursor.advance

    def watched(self: Cursor, *args: object, **more: object) -> object:
        starts.append(self.count)
        return advance(self, *args, **more)

    monkeypatch.setattr(Cursor, "advance", watched)
    documents, rows = held(tmp_path)
    assert starts[0] == 6
    assert documents > before[0]
    assert rows == [*before[1], 6, 7, 8]
    kept(tmp_path).unlink()
    assert held(tmp_path) == (documents, rows)


def test_what_was_dropped_is_not_held(tmp_path: Path) -> None:
    store(tmp_path, "ab")
    documents, _ = held(tmp_path)
    first = chunks("a")[0].document
    LanceLake(tmp_path).spaces.drop({first}, space=SPACE)
    assert held(tmp_path) == (documents - {first}, [3, 4, 5])


@pytest.mark.parametrize("size", [0, 100, -1])
def test_a_torn_file_is_not_believed(tmp_path: Path, size: int) -> None:
    store(tmp_path, "ab")
    before = held(tmp_path)
    kept(tmp_path).write_bytes(kept(tmp_path).read_bytes()[:size])
    assert held(tmp_path) == before


def test_a_file_of_other_rows_is_not_believed(tmp_path: Path) -> None:
    store(tmp_path / "one", "ab")
    store(tmp_path / "other", "vw")
    before = held(tmp_path / "one"), held(tmp_path / "other")
    shutil.copy(kept(tmp_path / "one"), kept(tmp_path / "other"))
    assert (held(tmp_path / "one"), held(tmp_path / "other")) == before


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    value = Known(0, 1, 1, {b"d" * 32: 7}, np.zeros(1, np.int64))
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        value.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    value.save(tmp_path)
    found = Known.load(tmp_path)
    assert found is not None
    assert (found.last, found.count, found.version, found.stored) == (0, 1, 1, value.stored)
