from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.memory.lake import MemoryLake
from holdfast.domain.digest import digest
from holdfast.domain.document import Chunk, Space, chunk_id
from holdfast.store.lake import canonical

SPACE = Space(digest("prep"), digest("embedder"), 4)
SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=6)


def made(number: int, size: int) -> tuple[list[Chunk], np.ndarray]:
    name = digest(number)
    chunks = [
        Chunk(
            chunk_id(name, preprocessing=SPACE.preprocessing, ordinal=i),
            name,
            i,
            "title",
            f"text {number} {i}",
            tuple(range(i)),
        )
        for i in range(size)
    ]
    return chunks, np.random.default_rng(number).normal(size=(size, 4)).astype(np.float16)


@given(SIZES, st.randoms())
def test_the_order_of_storing_makes_no_difference(sizes: list[int], random) -> None:
    documents = [made(number, size) for number, size in enumerate(sizes)]
    wanted = {c[0].document: canonical.rows(c, v) for c, v in documents}
    index = canonical.index({c[0].document: canonical.columns(c, v) for c, v in documents})
    random.shuffle(documents)
    lake = MemoryLake()
    for chunks, vectors in documents:
        lake.chunks.append(chunks, vectors, space=SPACE)
    held = list(canonical.stored(lake.chunks, SPACE, documents=wanted))
    found = {name: canonical.rows(chunks, columns.vectors) for name, chunks, columns in held}
    assert found == wanted
    assert canonical.together(found, "chunks") == canonical.together(wanted, "chunks")
    assert canonical.index({name: columns for name, _, columns in held}) == index


def test_a_document_longer_than_what_is_read_at_once_is_whole(monkeypatch) -> None:
    monkeypatch.setattr(canonical, "AT_ONCE", 2)
    lake = MemoryLake()
    for number, size in enumerate((5, 1, 4)):
        lake.chunks.append(*made(number, size), space=SPACE)
    names = [digest(0), digest(2)]
    held = list(canonical.stored(lake.chunks, SPACE, documents=names))
    assert [(name, len(chunks)) for name, chunks, _ in held] == [(names[0], 5), (names[1], 4)]


def test_each_thing_shows_in_its_digest() -> None:
    chunks, vectors = made(1, 2)
    one = canonical.rows(chunks, vectors)
    other = canonical.rows(chunks, vectors + np.float16(0.25))
    assert one.chunks == other.chunks
    assert one.vectors != other.vectors
    assert canonical.rows(chunks[::-1], vectors).chunks != one.chunks
