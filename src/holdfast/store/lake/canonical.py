"""Digests of what a space holds, equal for equal rows whatever their order and numbers.

Files of a table differ between two machines that hold the same; these digests do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import canonical, digest
from holdfast.domain.document import Chunk, Space, Vectors
from holdfast.ports.lake import ChunkColumns, Chunks
from holdfast.store.lake.segment import ROWS, build, joined

AT_ONCE = 4_096
"""Chunks whose text is read together."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Digests of one document's rows."""

    chunks: str
    """Of ids, titles, texts and index terms."""
    vectors: str
    count: int


def rows(chunks: Sequence[Chunk], vectors: Vectors) -> Rows:
    """The digests of a document's chunks, in order, and their vectors."""
    numbers = hashlib.sha256(vectors.astype("<f2").tobytes()).hexdigest()
    return Rows(passages(chunks), numbers, len(chunks))


def passages(chunks: Sequence[Chunk]) -> str:
    """The digest of a document's chunks without their vectors."""
    whole = hashlib.sha256()
    for chunk in chunks:
        whole.update(canonical([chunk.id, chunk.title, chunk.text, list(chunk.terms)]))
    return whole.hexdigest()


def together(documents: Mapping[str, Rows], part: str) -> str:
    """One digest of ``chunks`` or ``vectors`` for many documents.

    >>> one = {"aa": Rows("1", "2", 1), "bb": Rows("3", "4", 1)}
    >>> together(one, "chunks") == together(dict(reversed(one.items())), "chunks")
    True
    """
    return digest(sorted([name, getattr(found, part)] for name, found in documents.items()))


def index(documents: Mapping[str, ChunkColumns]) -> str:
    """Digest of the search index that documents make, built in the order of their digests."""
    if not documents:
        return digest([])
    ordered = joined([documents[name] for name in sorted(documents)])
    whole = hashlib.sha256()
    for start in range(0, len(ordered.rows), ROWS):
        part = picked(ordered, np.arange(start, min(start + ROWS, len(ordered.rows))))
        segment = build(numbered(part, start=start))
        for field in fields(segment):
            array: NDArray[np.generic] = getattr(segment, field.name)
            whole.update(f"{field.name} {array.dtype.str} {array.shape}\n".encode())
            whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def columns(chunks: Sequence[Chunk], vectors: Vectors) -> ChunkColumns:
    """One document's chunks as the lake would give them for an index."""
    sizes = [len(chunk.terms) for chunk in chunks]
    offsets = np.zeros(len(chunks) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return ChunkColumns(
        rows=np.arange(len(chunks), dtype=np.int64),
        ids=_raw([chunk.id for chunk in chunks]),
        documents=_raw([chunk.document for chunk in chunks]),
        vectors=vectors,
        terms=np.fromiter((term for c in chunks for term in c.terms), np.uint32, offsets[-1]),
        offsets=offsets,
    )


Held = tuple[str, list[Chunk], ChunkColumns]
"""A document's digest, its chunks in order, and their columns."""


def stored(chunks: Chunks, space: Space, *, documents: Collection[str]) -> Iterator[Held]:
    """What a space holds of each of some documents.

    Raises ``CorruptionError`` for a row that does not match its checksum.
    """
    waiting: Held | None = None
    for piece in _pieces(chunks, space, documents=documents):
        if waiting is not None and waiting[0] == piece[0]:
            waiting = piece[0], waiting[1] + piece[1], joined([waiting[2], piece[2]])
            continue
        if waiting is not None:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting


def _pieces(chunks: Chunks, space: Space, *, documents: Collection[str]) -> Iterator[Held]:
    """Runs of one document; one that is longer than what is read at once comes in pieces."""
    wanted = _raw(sorted(documents))
    for batch in chunks.columns(space):
        held = np.flatnonzero(np.isin(batch.documents, wanted))
        for start in range(0, len(held), AT_ONCE):
            part = picked(batch, held[start : start + AT_ONCE])
            found = chunks.take(part.rows.tolist(), space=space)
            edges = np.flatnonzero(part.documents[1:] != part.documents[:-1]) + 1
            for places in np.split(np.arange(len(found)), edges):
                group = [found[place] for place in places.tolist()]
                yield group[0].document, group, picked(part, places)


def picked(columns: ChunkColumns, places: NDArray[np.integer]) -> ChunkColumns:
    """Some of the chunks, in the order of ``places``."""
    sizes = np.diff(columns.offsets)[places]
    offsets = np.zeros(len(places) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    starts = columns.offsets[:-1][places]
    at = np.repeat(starts - offsets[:-1], sizes) + np.arange(offsets[-1])
    return ChunkColumns(
        columns.rows[places],
        columns.ids[places],
        columns.documents[places],
        columns.vectors[places],
        columns.terms[at],
        offsets,
    )


def numbered(columns: ChunkColumns, *, start: int) -> ChunkColumns:
    """The same chunks under row numbers from ``start``."""
    return ChunkColumns(
        np.arange(start, start + len(columns.rows), dtype=np.int64),
        columns.ids,
        columns.documents,
        columns.vectors,
        columns.terms,
        columns.offsets,
    )


def _raw(digests: Sequence[str]) -> NDArray[np.void]:
    return np.frombuffer(bytes.fromhex("".join(digests)), "V32")
