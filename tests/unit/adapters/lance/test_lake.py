from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from holdfast.adapters.lance import LanceLake, table
from holdfast.adapters.lance.chunks import _schema, _table
from holdfast.domain.digest import digest, digest_bytes
from holdfast.domain.document import Chunk, Document, Space, chunk_id
from holdfast.errors import CorruptionError

SPACE = Space(digest("prep"), digest("embedder"), 4)


def chunks(name: str, *, count: int = 3) -> list[Chunk]:
    source = digest_bytes(name.encode())
    return [
        Chunk(
            chunk_id(source, preprocessing=SPACE.preprocessing, ordinal=i),
            source,
            i,
            "title",
            f"{name} {i}",
            (i, 7),
        )
        for i in range(count)
    ]


def vectors(count: int, *, fill: float = 0.0) -> np.ndarray:
    return np.full((count, 4), fill, np.float16)


def texts(lake: LanceLake) -> list[str]:
    rows = [int(row) for batch in lake.chunks.columns(SPACE) for row in batch.rows]
    return [chunk.text for chunk in lake.chunks.take(rows, space=SPACE)]


def test_of_two_sets_of_a_document_the_first_counts(tmp_path: Path) -> None:
    lake, other = LanceLake(tmp_path), LanceLake(tmp_path)
    lake.chunks.append(chunks("a"), vectors(3), space=SPACE)
    assert texts(other) == ["a 0", "a 1", "a 2"]
    twice = _table([*chunks("a"), *chunks("b")], vectors(6, fill=1.0), schema=_schema(SPACE))
    other.chunks._sets(SPACE).table.append(twice)
    for one in (lake, other, LanceLake(tmp_path)):
        assert texts(one) == ["a 0", "a 1", "a 2", "b 0", "b 1", "b 2"]
        (batch,) = one.chunks.columns(SPACE)
        assert batch.vectors[:, 0].tolist() == [0, 0, 0, 1, 1, 1]
        (batch,) = one.chunks.columns(SPACE, after=1)
        assert len(batch.rows) == 4
    freed = lake.drop([chunks("a")[0].document])
    assert freed.chunks == 6
    assert texts(other) == ["b 0", "b 1", "b 2"]


def test_batches_are_cut_where_they_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.adapters.lance.chunks.BATCH", 4)
    lake = LanceLake(tmp_path)
    made = [chunk for name in "abcdef" for chunk in chunks(name)]
    lake.chunks.append(made, vectors(18), space=SPACE)
    batches = list(lake.chunks.columns(SPACE))
    assert [len(batch.rows) for batch in batches] == [4, 4, 4, 4, 2]
    assert [one.hex() for batch in batches for one in batch.ids.tolist()] == [c.id for c in made]
    assert [len(batch.terms) for batch in batches] == [8, 8, 8, 8, 4]


def test_a_changed_text_is_noticed(tmp_path: Path) -> None:
    lake = LanceLake(tmp_path)
    rows = _table(chunks("a"), vectors(3), schema=_schema(SPACE))
    changed = pa.array(["a 0", "a 1", "something else"])
    at = rows.schema.get_field_index("text")
    lake.chunks._sets(SPACE).table.append(rows.set_column(at, SPACE_TEXT, changed))
    assert len(lake.chunks.take([0, 1], space=SPACE)) == 2
    with pytest.raises(CorruptionError, match="checksum"):
        lake.chunks.take([2], space=SPACE)


SPACE_TEXT = pa.field("text", pa.string(), nullable=False)


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    lake = LanceLake(tmp_path)
    source = Document(digest_bytes(b"source" * 1000), "text/plain", b"source" * 1000)
    lake.documents.put([source])
    (data,) = (tmp_path / "documents.lance" / "data").iterdir()
    content = data.read_bytes()
    assert content.count(b"sourcesource") > 10
    data.write_bytes(content.replace(b"sourcesource", b"sourceSource", 1))
    with pytest.raises(CorruptionError, match="digest"):
        LanceLake(tmp_path).documents.get([source.digest])


def test_a_table_of_another_space_is_not_taken_for_this_one(tmp_path: Path) -> None:
    lake = LanceLake(tmp_path)
    lake.chunks.append(chunks("a"), vectors(3), space=SPACE)
    alike = Space(SPACE.preprocessing, SPACE.embedder[:12] + "0" * 52, 4)
    with pytest.raises(CorruptionError, match="embedder"):
        lake.chunks.documents(alike)


def test_another_process_reads_on_while_documents_are_dropped(tmp_path: Path) -> None:
    lake, reader = LanceLake(tmp_path, grace=timedelta()), LanceLake(tmp_path)
    lake.chunks.append([*chunks("a"), *chunks("b")], vectors(6), space=SPACE)
    assert len(texts(reader)) == 6
    lake.drop([chunks("a")[0].document])
    assert reader.chunks.take([4], space=SPACE)[0].text == "b 1"
    assert texts(reader) == ["b 0", "b 1", "b 2"]


def test_notes_of_putting_again_do_not_gather(tmp_path: Path) -> None:
    lake = LanceLake(tmp_path)
    source = Document(digest_bytes(b"a"), "text/plain", b"a")
    for _ in range(5):
        lake.documents.put([source])
    assert lake.documents._table.count() == 5
    lake.drop([])
    assert lake.documents._table.count() == 1
    assert lake.documents.get([source.digest]) == {source.digest: source}


def test_many_small_appends_stay_quick_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "SMALL", 4)
    monkeypatch.setattr(table, "TIERS", (8, 64))
    lake, reader = LanceLake(tmp_path), LanceLake(tmp_path)
    last = -1
    seen: list[str] = []
    for i in range(40):
        lake.chunks.append(chunks(f"d{i}", count=2), vectors(2), space=SPACE)
        for batch in reader.chunks.columns(SPACE, after=last):
            last = int(batch.rows[-1])
            seen += [one.hex() for one in batch.ids.tolist()]
    assert seen == [chunk.id for i in range(40) for chunk in chunks(f"d{i}", count=2)]
    assert len(lake.chunks._sets(SPACE).table.latest().get_fragments()) < 15


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
import pathlib
from holdfast.adapters.lance import LanceLake
from tests.unit.adapters.lance.test_lake import SPACE, chunks, vectors
lake = LanceLake(pathlib.Path(sys.argv[1]))
for i in range(12):
    lake.chunks.append(chunks(f"d{i}"), vectors(3), space=SPACE)
"""


def test_processes_that_store_the_same_documents_leave_each_once(tmp_path: Path) -> None:
    root = Path(__file__).parents[4]
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(root)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    assert sorted(texts(LanceLake(tmp_path))) == sorted(
        chunk.text for i in range(12) for chunk in chunks(f"d{i}")
    )
