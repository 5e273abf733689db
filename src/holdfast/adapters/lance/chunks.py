"""Chunks with their vectors: one Lance table per space."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.adapters.lance.durable import locked
from holdfast.adapters.lance.rows import ROW, digests, raw, scan
from holdfast.adapters.lance.sets import Sets, Span
from holdfast.adapters.lance.table import FEW, Dataset, Table, checked
from holdfast.domain.digest import short
from holdfast.domain.document import Chunk, Space, Vectors, chunk_id
from holdfast.errors import CorruptionError, UsageError
from holdfast.ports.lake import ChunkColumns

INDEXED = ["id", "document", "terms", "vector"]
SHOWN = ["document", "ordinal", "title", "text", "terms", "sum"]
BATCH = 65_536
"""Rows that ``columns`` yields at a time."""


class LanceChunks:
    """Chunk tables of a lake. Part of ``LanceLake``."""

    def __init__(self, folder: Path, *, grace: timedelta) -> None:
        self._folder = folder
        self._grace = grace
        self._spaces: dict[Path, Sets] = {}
        self._checked: dict[Path, Dataset] = {}
        self._lock = threading.Lock()

    def append(self, chunks: Sequence[Chunk], vectors: Vectors, *, space: Space) -> None:
        _check(chunks, vectors, space=space)
        with locked(self._folder, exclusive=False):
            held = self._sets(space).held({chunk.document for chunk in chunks})
            new = [i for i, chunk in enumerate(chunks) if chunk.document not in held]
            if new:
                rows = _table([chunks[i] for i in new], vectors[new], schema=_schema(space))
                table = self._sets(space).table
                dataset = table.latest()
                # A table of an earlier version has no checksums of vectors.
                table.append(rows if dataset is None else rows.select(dataset.schema.names))

    def documents(self, space: Space) -> set[str]:
        return {name.hex() for name in self._sets(space).last_stored()}

    def held(self, documents: Collection[str], *, space: Space) -> set[str]:
        return self._sets(space).held(documents)

    def columns(self, space: Space, *, after: int = -1) -> Iterator[ChunkColumns]:
        sets = self._sets(space)
        while rows := sets.visible(after=after, limit=BATCH):
            after = rows.last
            columns = sets.table.read(partial(_columns, span=rows))
            if columns is not None:
                yield _selected(columns, rows.numbers)

    def take(self, rows: Sequence[int], *, space: Space) -> list[Chunk]:
        if not rows:
            return []
        table = self._sets(space).table
        numbers = list(dict.fromkeys(map(int, rows)))
        found = table.read(lambda dataset: dataset._take_rows(numbers, columns=SHOWN))  # noqa: SLF001
        if found is None or len(found) != len(numbers):
            raise CorruptionError(
                f"chunk rows {numbers!r} are not all in {str(table.path)!r}; rebuild its index"
            )
        lists = _only(found["terms"])
        words = lists.values.to_numpy()
        spans = pairwise(lists.offsets.to_numpy().tolist())
        shown = found.drop_columns(["terms"]).to_pylist()
        chunks = {
            number: _chunk(row, terms=words[start:stop], space=space, path=table.path)
            for number, row, (start, stop) in zip(numbers, shown, spans, strict=True)
        }
        return [chunks[int(row)] for row in rows]

    def tables(self) -> list[Sets]:
        """Every chunk table of the lake."""
        paths = sorted(self._folder.glob("chunks-*.lance"))
        return [self._open(path) for path in paths]

    def path(self, space: Space) -> Path:
        """Where the table of a space is, or would be."""
        return self._folder / (f"chunks-{short(space.preprocessing)}-{short(space.embedder)}.lance")

    def opened(self, space: Space) -> Sets:
        """The table of a space, looked at by document."""
        return self._sets(space)

    def close(self, space: Space) -> None:
        """Forget what is known of a table: its files were taken away."""
        with self._lock:
            self._spaces.pop(self.path(space), None)

    def _sets(self, space: Space) -> Sets:
        sets = self._open(self.path(space))
        dataset = sets.table.latest()
        if dataset is not None and dataset is not self._checked.get(sets.table.path):
            checked(dataset, expect=_names(space), path=sets.table.path)
            self._checked[sets.table.path] = dataset
        return sets

    def _open(self, path: Path) -> Sets:
        with self._lock:
            if path not in self._spaces:
                self._spaces[path] = Sets(Table(path, grace=self._grace, copies=True, few=FEW))
            return self._spaces[path]


def _names(space: Space) -> dict[str, str]:
    return {
        "preprocessing": space.preprocessing,
        "embedder": space.embedder,
        "dimensions": str(space.dimensions),
    }


def _schema(space: Space) -> pa.Schema:
    return pa.schema(
        [
            pa.field("id", pa.binary(32), nullable=False),
            pa.field("document", pa.binary(32), nullable=False),
            pa.field("ordinal", pa.int32(), nullable=False),
            pa.field("at", pa.int64(), nullable=False),
            pa.field("title", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("terms", pa.list_(pa.field("item", pa.uint32(), nullable=False))),
            pa.field("sum", pa.uint32(), nullable=False),
            pa.field("vector", pa.list_(pa.float16(), space.dimensions)),
            pa.field("vector_sum", pa.uint32(), nullable=False),
        ],
        metadata=_names(space),
    )


def _check(chunks: Sequence[Chunk], vectors: Vectors, *, space: Space) -> None:
    expected = (len(chunks), space.dimensions)
    if vectors.shape != expected or vectors.dtype != np.float16:
        raise UsageError(
            f"vectors are {vectors.shape!r} {vectors.dtype}, not {expected!r} float16; "
            "give one row per chunk"
        )
    for chunk in chunks:
        name = chunk_id(chunk.document, preprocessing=space.preprocessing, ordinal=chunk.ordinal)
        if chunk.id != name:
            raise UsageError(f"chunk {chunk.id!r} is not named by its content; use {name!r}")
    seen = set()
    for document, group in groupby(chunks, key=lambda chunk: chunk.document):
        ordinals = [chunk.ordinal for chunk in group]
        if document in seen or ordinals != list(range(len(ordinals))):
            raise UsageError(
                f"chunks of document {document!r} have ordinals {ordinals!r}; "
                "give all of a document's chunks together, in order from 0"
            )
        seen.add(document)


def _table(chunks: Sequence[Chunk], vectors: Vectors, *, schema: pa.Schema) -> pa.Table:
    lengths = [len(chunk.terms) for chunk in chunks]
    offsets = np.zeros(len(chunks) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    terms = np.fromiter((term for chunk in chunks for term in chunk.terms), np.uint32, offsets[-1])
    spans = [terms[start:stop].tobytes() for start, stop in pairwise(offsets)]
    now = time.time_ns() // 1_000
    columns = [
        digests([chunk.id for chunk in chunks]),
        digests([chunk.document for chunk in chunks]),
        pa.array([chunk.ordinal for chunk in chunks], pa.int32()),
        pa.array(np.full(len(chunks), now)),
        pa.array([chunk.title for chunk in chunks], pa.string()),
        pa.array([chunk.text for chunk in chunks], pa.string()),
        pa.ListArray.from_arrays(offsets, terms, type=schema.field("terms").type),
        pa.array(
            [
                checksum(chunk.title, chunk.text, terms=span)
                for chunk, span in zip(chunks, spans, strict=True)
            ],
            pa.uint32(),
        ),
        pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1]),
        pa.array([zlib.crc32(vector.tobytes()) for vector in vectors], pa.uint32()),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def checksum(title: str, text: str, *, terms: bytes) -> int:
    """A checksum of what is shown, since the chunk's id does not cover it."""
    return zlib.crc32(terms, zlib.crc32(f"{title}\0{text}".encode()))


def _chunk(row: dict[str, Any], *, terms: NDArray[np.uint32], space: Space, path: Path) -> Chunk:
    document, ordinal = row["document"].hex(), row["ordinal"]
    if checksum(row["title"], row["text"], terms=terms.tobytes()) != row["sum"]:
        raise CorruptionError(
            f"chunk {ordinal!r} of document {document!r} in {str(path)!r} does not match its "
            "checksum; restore the table from a backup"
        )
    return Chunk(
        id=chunk_id(document, preprocessing=space.preprocessing, ordinal=ordinal),
        document=document,
        ordinal=ordinal,
        title=row["title"],
        text=row["text"],
        terms=tuple(terms.tolist()),
    )


def _columns(dataset: Dataset, *, span: Span) -> pa.Table:
    return scan(dataset, columns=INDEXED, after=span.first - 1, until=span.last).combine_chunks()


def _selected(table: pa.Table, numbers: NDArray[np.int64]) -> ChunkColumns:
    rows = table[ROW].to_numpy().astype(np.int64)
    kept = np.isin(rows, numbers, assume_unique=True)
    if not kept.all():
        table = table.filter(pa.array(kept)).combine_chunks()
        rows = rows[kept]
    terms = _only(table["terms"])
    vectors = _only(table["vector"])
    offsets = terms.offsets.to_numpy().astype(np.int64)
    return ChunkColumns(
        rows=rows,
        ids=raw(_only(table["id"])),
        documents=raw(_only(table["document"])),
        vectors=vectors.flatten().to_numpy().reshape(len(rows), -1),
        terms=terms.values.to_numpy()[offsets[0] : offsets[-1]],
        offsets=offsets - offsets[0],
    )


def _only(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
