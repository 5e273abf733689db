"""What every adapter of the lake port does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from holdfast.adapters.lance import LanceLake
from holdfast.adapters.memory.lake import MemoryLake
from holdfast.domain.digest import digest, digest_bytes
from holdfast.domain.document import Chunk, Document, Space, Vectors, chunk_id
from holdfast.errors import CorruptionError, UsageError
from holdfast.ports.lake import ChunkColumns, Lake

SPACE = Space(preprocessing=digest("prep"), embedder=digest("embedder"), dimensions=8)
OTHER = Space(preprocessing=digest("prep"), embedder=digest("other"), dimensions=4)


@pytest.fixture(params=["memory", "lance"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    make: dict[str, Callable[[], Lake]] = {
        "memory": MemoryLake,
        "lance": lambda: LanceLake(tmp_path / "lake"),
    }
    return make[request.param]()


def document(name: str) -> Document:
    return Document(digest_bytes(name.encode()), "text/plain", name.encode())


def chunks(name: str, *, count: int = 3, space: Space = SPACE) -> list[Chunk]:
    source = document(name).digest
    return [
        Chunk(
            id=chunk_id(source, preprocessing=space.preprocessing, ordinal=i),
            document=source,
            ordinal=i,
            title=f"{name} > part {i}",
            text=f"{name} über {i}\x00\n" * i,
            terms=tuple(range(2**32 - i, 2**32)),
        )
        for i in range(count)
    ]


def vectors(count: int, *, space: Space = SPACE, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(count, space.dimensions)).astype(np.float16)


def store(lake: Lake, *names: str, space: Space = SPACE) -> None:
    made = [chunk for name in names for chunk in chunks(name, space=space)]
    lake.documents.put([document(name) for name in names])
    lake.chunks.append(made, vectors(len(made), space=space), space=space)


def rows(batches: Iterable[ChunkColumns]) -> list[tuple[int, str, str]]:
    return [
        (int(row), name.tobytes().hex(), document.tobytes().hex())
        for batch in batches
        for row, name, document in zip(batch.rows, batch.ids, batch.documents, strict=True)
    ]


def test_documents_come_back_as_they_were(lake: Lake) -> None:
    documents = [
        Document(digest_bytes(data), media, data)
        for media, data in [("text/plain", b""), ("application/pdf", bytes(range(256)) * 500)]
    ]
    lake.documents.put(documents)
    wanted = [documents[1].digest, "0" * 64, documents[0].digest, documents[0].digest]
    assert lake.documents.get(wanted) == {one.digest: one for one in documents}
    assert lake.documents.get([]) == {}


def test_a_document_is_stored_once(lake: Lake) -> None:
    assert lake.documents.digests() == set()
    lake.documents.put([])
    lake.documents.put([document("a"), document("a"), document("b")])
    lake.documents.put([Document(document("a").digest, "text/html", b"a"), document("c")])
    assert lake.documents.digests() == {document(name).digest for name in "abc"}
    assert lake.documents.get([document("a").digest])[document("a").digest] == document("a")


def test_a_document_under_a_false_name_is_refused(lake: Lake) -> None:
    with pytest.raises(UsageError, match="0000"):
        lake.documents.put([Document("0" * 64, "text/plain", b"a")])
    assert lake.documents.digests() == set()


def test_chunks_come_back_as_columns(lake: Lake) -> None:
    made, given = chunks("a", count=5), vectors(5)
    lake.chunks.append(made, given, space=SPACE)
    (batch,) = lake.chunks.columns(SPACE)
    assert [name.tobytes().hex() for name in batch.ids] == [chunk.id for chunk in made]
    assert {one.tobytes().hex() for one in batch.documents} == {document("a").digest}
    assert batch.vectors.dtype == np.float16
    assert np.array_equal(batch.vectors, given)
    spans = zip(batch.offsets, batch.offsets[1:], strict=False)
    found = [tuple(int(term) for term in batch.terms[start:stop]) for start, stop in spans]
    assert found == [chunk.terms for chunk in made]
    assert batch.terms.dtype == np.uint32


def test_chunks_come_back_with_their_text(lake: Lake) -> None:
    store(lake, "a", "b")
    by_id = {chunk.id: chunk for name in "ab" for chunk in chunks(name)}
    found = rows(lake.chunks.columns(SPACE))
    backwards = [*reversed(found), found[0]]
    taken = lake.chunks.take([row for row, _, _ in backwards], space=SPACE)
    assert taken == [by_id[name] for _, name, _ in backwards]
    assert lake.chunks.take([], space=SPACE) == []


def test_a_row_that_is_not_there_is_an_error(lake: Lake) -> None:
    store(lake, "a")
    with pytest.raises(CorruptionError, match="999"):
        lake.chunks.take([999], space=SPACE)


def test_rows_ascend_and_after_continues(lake: Lake) -> None:
    assert list(lake.chunks.columns(SPACE)) == []
    store(lake, "a")
    first = rows(lake.chunks.columns(SPACE))
    last = first[-1][0]
    assert list(lake.chunks.columns(SPACE, after=last)) == []
    store(lake, "b", "c")
    later = rows(lake.chunks.columns(SPACE, after=last))
    assert rows(lake.chunks.columns(SPACE)) == first + later
    numbers = [row for row, _, _ in first + later]
    assert numbers == sorted(set(numbers))
    assert rows(lake.chunks.columns(SPACE, after=numbers[4])) == (first + later)[5:]


def test_a_document_that_the_space_holds_is_skipped(lake: Lake) -> None:
    store(lake, "a")
    before = rows(lake.chunks.columns(SPACE))
    made = [*chunks("a"), *chunks("b")]
    lake.chunks.append(made, vectors(6, seed=7), space=SPACE)
    after = rows(lake.chunks.columns(SPACE))
    assert after[:3] == before
    assert len(after) == 6
    assert lake.chunks.documents(SPACE) == {document("a").digest, document("b").digest}
    lake.chunks.append(made, vectors(6), space=SPACE)
    assert rows(lake.chunks.columns(SPACE)) == after


def test_spaces_do_not_share(lake: Lake) -> None:
    store(lake, "a", "b")
    assert lake.chunks.documents(OTHER) == set()
    store(lake, "b", space=OTHER)
    assert lake.chunks.documents(OTHER) == {document("b").digest}
    asked = [document("a").digest, document("b").digest]
    assert lake.chunks.held(asked, space=OTHER) == {document("b").digest}
    (batch,) = lake.chunks.columns(OTHER)
    assert batch.vectors.shape == (3, 4)
    taken = lake.chunks.take([int(row) for row in batch.rows], space=OTHER)
    assert taken == chunks("b", space=OTHER)
    assert len(rows(lake.chunks.columns(SPACE))) == 6


@pytest.mark.parametrize(
    ("made", "given"),
    [
        (chunks("a"), vectors(2)),
        (chunks("a"), vectors(3, space=OTHER)),
        (chunks("a"), vectors(3).astype(np.float32)),
        (chunks("a")[1:], vectors(2)),
        ([*chunks("a"), *chunks("b"), *chunks("a")], vectors(9)),
    ],
    ids=["too few", "other dimensions", "float32", "a part", "twice"],
)
def test_what_is_no_whole_set_is_refused(lake: Lake, made: list[Chunk], given: Vectors) -> None:
    with pytest.raises(UsageError):
        lake.chunks.append(made, given, space=SPACE)
    assert lake.chunks.documents(SPACE) == set()


def test_drop_removes_documents_and_chunks_everywhere(lake: Lake) -> None:
    store(lake, "a", "b")
    store(lake, "a", "b", space=OTHER)
    kept = [row for row in rows(lake.chunks.columns(SPACE)) if row[2] == document("b").digest]
    gone = [document("a").digest, "0" * 64]
    planned = lake.drop(gone, dry_run=True)
    assert len(rows(lake.chunks.columns(SPACE))) == 6
    freed = lake.drop(gone)
    assert freed == planned
    assert (freed.documents, freed.chunks) == (1, 6)
    assert freed.bytes > 0
    assert rows(lake.chunks.columns(SPACE)) == kept
    assert lake.chunks.take([row for row, _, _ in kept], space=SPACE) == chunks("b")
    assert lake.chunks.documents(SPACE) == lake.chunks.documents(OTHER) == {document("b").digest}
    assert lake.documents.digests() == {document("b").digest}
    assert lake.drop(gone).chunks == 0


def test_a_dropped_document_comes_back_in_new_rows(lake: Lake) -> None:
    store(lake, "a", "b")
    old = rows(lake.chunks.columns(SPACE))
    lake.drop([document("a").digest])
    store(lake, "a")
    new = rows(lake.chunks.columns(SPACE, after=old[-1][0]))
    assert [name for _, name, _ in new] == [chunk.id for chunk in chunks("a")]
    assert lake.chunks.take([row for row, _, _ in new], space=SPACE) == chunks("a")
    with pytest.raises(CorruptionError):
        lake.chunks.take([old[0][0]], space=SPACE)


def test_what_was_put_since_is_not_dropped(lake: Lake) -> None:
    store(lake, "a", "b")
    time.sleep(2)
    assert lake.idle(seconds=1) == {document("a").digest, document("b").digest}
    lake.documents.put([document("a")])
    store(lake, "b", space=OTHER)
    store(lake, "c")
    assert lake.idle(seconds=1) == set()
    everything = [document(name).digest for name in "abc"]
    assert lake.drop(everything, idle=1).chunks == 0
    assert len(rows(lake.chunks.columns(SPACE))) == 9
    assert lake.documents.digests() == set(everything)


def test_spaces_are_known_and_forgotten(lake: Lake) -> None:
    assert lake.spaces.known() == []
    store(lake, "a", "b")
    store(lake, "a", space=OTHER)
    assert set(lake.spaces.known()) == {SPACE, OTHER}
    would = lake.spaces.forget(OTHER, dry_run=True)
    assert (would.documents, would.chunks, would.bytes > 0) == (0, 3, True)
    assert lake.chunks.documents(OTHER) == {document("a").digest}
    assert lake.spaces.forget(OTHER) == would
    assert lake.spaces.known() == [SPACE]
    assert lake.chunks.documents(OTHER) == set()
    assert list(lake.chunks.columns(OTHER)) == []
    assert lake.spaces.forget(OTHER).chunks == 0
    assert lake.chunks.documents(SPACE) == {document("a").digest, document("b").digest}
    store(lake, "b", space=OTHER)
    assert lake.chunks.documents(OTHER) == {document("b").digest}


def test_chunks_leave_one_space_and_come_again(lake: Lake) -> None:
    store(lake, "a", "b")
    store(lake, "a", space=OTHER)
    before = next(lake.chunks.columns(SPACE)).rows
    assert lake.spaces.drop([document("a").digest], space=SPACE) == 3
    assert lake.chunks.documents(SPACE) == {document("b").digest}
    assert lake.chunks.documents(OTHER) == {document("a").digest}
    assert lake.spaces.drop([document("a").digest], space=SPACE) == 0
    store(lake, "a")
    after = next(lake.chunks.columns(SPACE)).rows
    assert len(after) == 6
    assert set(after[-3:]).isdisjoint(before), "a row number is never used again"


def test_sound_chunks_are_not_damaged(lake: Lake) -> None:
    store(lake, "a", "b")
    assert lake.spaces.damaged(SPACE) == {}
    assert lake.spaces.damaged(OTHER) == {}
