"""The lake: documents and their chunks with vectors, append-only and content-addressed.

What is *live* at a cut is the ledger's to say; the lake only keeps what was ever written until a
clean-up finds that nothing retained refers to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Chunk, Document, Space, Vectors


@dataclass(frozen=True, slots=True)
class ChunkColumns:
    """Chunks as columns, for building an index: everything but the text."""

    rows: NDArray[np.int64]
    """Stable row numbers, ascending."""
    ids: NDArray[np.bytes_]
    """``S32``: the chunk ids as raw sha256."""
    documents: NDArray[np.bytes_]
    """``S32``: the document digests as raw sha256."""
    vectors: Vectors
    terms: NDArray[np.uint32]
    """All terms of all chunks, one after the other."""
    offsets: NDArray[np.int64]
    """Chunk i has ``terms[offsets[i]:offsets[i + 1]]``."""


class Documents(Protocol):
    """Source documents by digest."""

    def put(self, documents: Sequence[Document]) -> None:
        """Store documents durably; one that is there already is skipped."""
        ...

    def get(self, digests: Sequence[str]) -> dict[str, Document]:
        """The documents that are there."""
        ...

    def digests(self) -> set[str]:
        """All documents that are there."""
        ...

    def drop(self, digests: Collection[str]) -> int:
        """Remove documents for good; returns the bytes freed."""
        ...


class Chunks(Protocol):
    """Chunk tables, one per preprocessing, with one vector column per embedder."""

    def append(self, chunks: Sequence[Chunk], vectors: Vectors, *, space: Space) -> None:
        """Store whole documents' chunks durably, all or none. ``vectors`` has a row per chunk.

        A document that the space already holds is skipped; one whose chunks are there for another
        embedder gets the new column filled.
        """
        ...

    def documents(self, space: Space) -> set[str]:
        """Digests of the documents whose chunks and vectors the space holds."""
        ...

    def columns(self, space: Space, *, after: int = -1) -> Iterator[ChunkColumns]:
        """Chunks with row numbers above ``after``, in batches, ascending."""
        ...

    def take(self, rows: Sequence[int], *, space: Space) -> list[Chunk]:
        """Chunks with their text, in the order of ``rows``. Raises ``CorruptionError``."""
        ...

    def drop(self, documents: Collection[str]) -> int:
        """Remove the chunks of documents for good, in every table; returns the bytes freed."""
        ...
