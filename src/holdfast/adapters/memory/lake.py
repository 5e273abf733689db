"""The lake in dicts."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Chunk, Document, Space, Vectors
from holdfast.errors import CorruptionError, UsageError
from holdfast.ports.lake import ChunkColumns, Freed

Row = tuple[Chunk, NDArray[np.float16]]


class MemoryDocuments:
    """Documents by digest. Part of ``MemoryLake``."""

    def __init__(self) -> None:
        self.held: dict[str, Document] = {}
        self.last: dict[str, float] = {}

    def put(self, documents: Sequence[Document]) -> None:
        for document in documents:
            if digest_bytes(document.source) != document.digest:
                raise UsageError(
                    f"document {document.digest!r} is not the sha256 of its source; compute it"
                )
        for document in documents:
            self.held.setdefault(document.digest, document)
            self.last[document.digest] = time.time()

    def get(self, digests: Sequence[str]) -> dict[str, Document]:
        return {digest: self.held[digest] for digest in digests if digest in self.held}

    def digests(self) -> set[str]:
        return set(self.held)


class MemoryChunks:
    """Chunks by space. Part of ``MemoryLake``."""

    def __init__(self) -> None:
        self.spaces: dict[Space, dict[int, Row]] = {}
        self.last: dict[tuple[Space, str], float] = {}
        self._next = 0

    def append(self, chunks: Sequence[Chunk], vectors: Vectors, *, space: Space) -> None:
        expected = (len(chunks), space.dimensions)
        if vectors.shape != expected or vectors.dtype != np.float16:
            raise UsageError(
                f"vectors are {vectors.shape!r} {vectors.dtype}, not {expected!r} float16; "
                "give one row per chunk"
            )
        sets = [(name, list(group)) for name, group in groupby(chunks, lambda c: c.document)]
        for name, group in sets:
            ordinals = [chunk.ordinal for chunk in group]
            if ordinals != list(range(len(group))) or len(sets) != len({n for n, _ in sets}):
                raise UsageError(
                    f"chunks of document {name!r} have ordinals {ordinals!r}; "
                    "give all of a document's chunks together, in order from 0"
                )
        held = self.documents(space)
        for chunk, vector in zip(chunks, vectors, strict=True):
            if chunk.document not in held:
                self.spaces.setdefault(space, {})[self._next] = (chunk, vector.copy())
                self.last[space, chunk.document] = time.time()
                self._next += 1

    def documents(self, space: Space) -> set[str]:
        return {chunk.document for chunk, _ in self.spaces.get(space, {}).values()}

    def held(self, documents: Collection[str], *, space: Space) -> set[str]:
        return self.documents(space).intersection(documents)

    def columns(self, space: Space, *, after: int = -1) -> Iterator[ChunkColumns]:
        held = {n: row for n, row in self.spaces.get(space, {}).items() if n > after}
        if not held:
            return
        chunks = [chunk for chunk, _ in held.values()]
        lengths = [len(chunk.terms) for chunk in chunks]
        yield ChunkColumns(
            rows=np.array(list(held), np.int64),
            ids=_raw([chunk.id for chunk in chunks]),
            documents=_raw([chunk.document for chunk in chunks]),
            vectors=np.stack([vector for _, vector in held.values()]),
            terms=np.array([term for chunk in chunks for term in chunk.terms], np.uint32),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )

    def take(self, rows: Sequence[int], *, space: Space) -> list[Chunk]:
        held = self.spaces.get(space, {})
        missing = [row for row in rows if row not in held]
        if missing:
            raise CorruptionError(f"chunk rows {missing!r} are not there; rebuild the index")
        return [held[row][0] for row in rows]


class MemorySpaces:
    """The spaces of a ``MemoryLake``."""

    def __init__(self, chunks: MemoryChunks) -> None:
        self._chunks = chunks

    def known(self) -> list[Space]:
        return sorted(self._chunks.spaces, key=lambda space: (space.preprocessing, space.embedder))

    def damaged(self, space: Space) -> dict[str, str]:
        return {}

    def drop(self, documents: Collection[str], *, space: Space) -> int:
        held = self._chunks.spaces.get(space, {})
        gone = [number for number, (chunk, _) in held.items() if chunk.document in documents]
        for number in gone:
            del held[number]
        for name in documents:
            self._chunks.last.pop((space, name), None)
        return len(gone)

    def forget(self, space: Space, *, aside: bool = False, dry_run: bool = False) -> Freed:
        rows = self._chunks.spaces.get(space, {}).values()
        freed = Freed(0, len(rows), sum(_weight(row) for row in rows))
        if not dry_run:
            self._chunks.spaces.pop(space, None)
            for key in [key for key in self._chunks.last if key[0] == space]:
                del self._chunks.last[key]
        return freed


class MemoryLake:
    """A lake that lives as long as the process.

    >>> lake = MemoryLake()
    >>> lake.documents.put([Document(digest_bytes(b"# Hi"), "text/markdown", b"# Hi")])
    >>> len(lake.documents.digests())
    1
    """

    def __init__(self) -> None:
        self._documents = MemoryDocuments()
        self._chunks = MemoryChunks()
        self._spaces = MemorySpaces(self._chunks)

    @property
    def documents(self) -> MemoryDocuments:
        return self._documents

    @property
    def chunks(self) -> MemoryChunks:
        return self._chunks

    @property
    def spaces(self) -> MemorySpaces:
        return self._spaces

    def idle(self, *, seconds: float) -> set[str]:
        now = time.time()
        last = dict(self._documents.last)
        for (_, document), at in self._chunks.last.items():
            last[document] = max(at, last.get(document, 0))
        return {document for document, at in last.items() if now - at >= seconds}

    def drop(self, documents: Collection[str], *, idle: float = 0, dry_run: bool = False) -> Freed:
        gone = self.idle(seconds=idle) & set(documents)
        held = [self._documents.held[name] for name in gone & set(self._documents.held)]
        rows = [
            (space, number, row)
            for space, numbers in self._chunks.spaces.items()
            for number, row in numbers.items()
            if row[0].document in gone
        ]
        freed = Freed(
            documents=len(held),
            chunks=len(rows),
            bytes=sum(len(document.source) for document in held)
            + sum(_weight(row) for _, _, row in rows),
        )
        if not dry_run:
            for space, number, (chunk, _) in rows:
                del self._chunks.spaces[space][number]
                self._chunks.last.pop((space, chunk.document), None)
            for document in held:
                del self._documents.held[document.digest], self._documents.last[document.digest]
        return freed


def _weight(row: Row) -> int:
    chunk, vector = row
    return len(chunk.text.encode()) + int(vector.nbytes)


def _raw(digests: Sequence[str]) -> NDArray[np.void]:
    return np.frombuffer(bytes.fromhex("".join(digests)), "V32")
