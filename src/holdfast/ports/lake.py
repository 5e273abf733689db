"""The lake: documents and their chunks with vectors, append-only and content-addressed.

What is *live* at a cut is the ledger's to say; the lake only keeps what was ever written until a
clean-up finds that nothing retained refers to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from holdfast.domain.document import Chunk, Document, Space, Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ChunkColumns:
    """Chunks as columns, for building an index: everything but the text."""

    rows: NDArray[np.int64]
    """Stable row numbers, ascending."""
    ids: NDArray[np.void]
    """``V32``: the chunk ids as raw sha256."""
    documents: NDArray[np.void]
    """``V32``: the document digests as raw sha256."""
    vectors: Vectors
    terms: NDArray[np.uint32]
    """All terms of all chunks, one after the other."""
    offsets: NDArray[np.int64]
    """Chunk i has ``terms[offsets[i]:offsets[i + 1]]``."""


@dataclass(frozen=True, slots=True)
class Freed:
    """What a clean-up took out of the lake, or would take out."""

    documents: int
    chunks: int
    """Chunk rows of all spaces together."""
    bytes: int
    """About how much disk that gives back, once old readers are gone."""


class Documents(Protocol):
    """Source documents by digest."""

    def put(self, documents: Sequence[Document]) -> None:
        """Store documents durably; one that is there already is kept, and counts as put again."""
        ...

    def get(self, digests: Sequence[str]) -> dict[str, Document]:
        """The documents that are there. Raises ``CorruptionError``."""
        ...

    def digests(self) -> set[str]:
        """All documents that are there."""
        ...


class Chunks(Protocol):
    """Chunk tables, one per space: a way to cut documents and an embedder."""

    def append(self, chunks: Sequence[Chunk], vectors: Vectors, *, space: Space) -> None:
        """Store whole documents' chunks durably, all or none. ``vectors`` has a row per chunk.

        Chunks of one document stand together, ordinals from 0. A document that the space already
        holds is skipped. Raises ``UsageError``.
        """
        ...

    def documents(self, space: Space) -> set[str]:
        """Digests of the documents whose chunks and vectors the space holds."""
        ...

    def held(self, documents: Collection[str], *, space: Space) -> set[str]:
        """Of some documents, those whose chunks and vectors the space holds."""
        ...

    def columns(self, space: Space, *, after: int = -1) -> Iterator[ChunkColumns]:
        """Chunks with row numbers above ``after``, in batches, ascending.

        A row number is never used again, and later chunks have higher ones; a document that was
        dropped and stored anew has new rows.
        """
        ...

    def take(self, rows: Sequence[int], *, space: Space) -> list[Chunk]:
        """Chunks with their text, in the order of ``rows``. Raises ``CorruptionError``."""
        ...


class Spaces(Protocol):
    """The chunk tables as wholes: which there are, whether they are sound, taking them away."""

    def known(self) -> list[Space]:
        """Every space that chunks were ever stored for and that was not forgotten."""
        ...

    def damaged(self, space: Space) -> dict[str, str]:
        """Digests of documents whose rows do not match their checksums, and what is wrong.

        Raises ``CorruptionError`` when the table cannot be read at all.
        """
        ...

    def drop(self, documents: Collection[str], *, space: Space) -> int:
        """Remove the chunks of documents from one space; returns how many rows that were."""
        ...

    def forget(self, space: Space, *, aside: bool = False, dry_run: bool = False) -> Freed:
        """Remove a whole space, or move its files ``aside`` for those who want to look at them."""
        ...


class Lake(Protocol):
    """Documents and chunks together, and the one way documents leave them."""

    @property
    def documents(self) -> Documents: ...

    @property
    def chunks(self) -> Chunks: ...

    @property
    def spaces(self) -> Spaces: ...

    def idle(self, *, seconds: float) -> set[str]:
        """Documents that were not put, and had no chunks stored, for that long."""
        ...

    def drop(self, documents: Collection[str], *, idle: float = 0, dry_run: bool = False) -> Freed:
        """Remove documents and their chunks of every space for good.

        One that was put in the last ``idle`` seconds stays: somebody is about to refer to it.
        """
        ...
