from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from holdfast.adapters.memory.lake import MemoryLake
from holdfast.store.lake import codes, index
from holdfast.store.lake.index import CorpusIndex
from holdfast.store.lake.inspect import inspect
from holdfast.store.lake.numbers import Numbers
from tests.unit.store.lake.test_canonical import SPACE, made


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A lake of three documents, and an index of it with full segments on disk."""
    monkeypatch.setattr(index, "ROWS", 4)
    monkeypatch.setattr(codes, "ROWS", 4)
    lake = MemoryLake()
    for number in range(3):
        lake.chunks.append(*made(number, 3), space=SPACE)
    corpus = CorpusIndex(lake.chunks, SPACE, numbers=Numbers(), folder=tmp_path)
    corpus.refresh()
    return lake, corpus.shelf


def test_what_was_built_from_the_lake_is_sound(kept) -> None:
    lake, shelf = kept
    assert inspect(shelf, chunks=lake.chunks, space=SPACE) == (2, [])


@pytest.mark.parametrize("name", ["vectors", "ids", "counts", "vocabulary", "places", "runs"])
def test_a_segment_with_another_value_is_named(kept, name: str) -> None:
    lake, shelf = kept
    file = sorted(shelf._folder.glob(f"*/{name}.npy"))[1]
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    count, wrong = inspect(shelf, chunks=lake.chunks, space=SPACE)
    assert (count, len(wrong)) == (2, 1)


def test_rows_that_a_clean_up_took_are_no_damage(kept) -> None:
    lake, shelf = kept
    chunks, _ = made(1, 3)
    lake.spaces.drop([chunks[0].document], space=SPACE)
    assert inspect(shelf, chunks=lake.chunks, space=SPACE)[1] == []
    assert np.all(next(lake.chunks.columns(SPACE)).rows != 4)
