"""Documents, their chunks, and the corpus they make up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from holdfast.domain.digest import digest_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float16]"
"""Shape (n, dimensions), rows of unit length."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes that came in, named by their sha256."""

    digest: str
    media_type: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """What a loader read out of a document."""

    title: str
    body: str
    """Plain text or Markdown."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document. ``id`` is a content address, the same on any machine."""

    id: str
    document: str
    """Digest of the document."""
    ordinal: int
    title: str
    """Document title and the headings above the passage, joined by `` > ``."""
    text: str
    terms: tuple[int, ...]
    """32-bit hashes of the passage's index terms, one per occurrence."""


def chunk_id(document: str, *, preprocessing: str, ordinal: int) -> str:
    """Content address of a chunk.

    >>> chunk_id("a" * 64, preprocessing="b" * 64, ordinal=0)[:12]
    '3ac946450265'
    """
    # The canonical JSON of the three, written out: a lake asks for as many as it has chunks.
    named = f'{{"document":"{document}","ordinal":{ordinal},"preprocessing":"{preprocessing}"}}'
    return digest_bytes(named.encode())


@dataclass(frozen=True, slots=True)
class Space:
    """Where vectors can be compared: one way to cut documents and one embedder."""

    preprocessing: str
    """Digest of the preprocessing component."""
    embedder: str
    """Digest of the embedder component."""
    dimensions: int


@dataclass(frozen=True, slots=True)
class CorpusState:
    """Value of ``corpus/state``: which documents are live, as a digest.

    Two corpora with the same paths and document digests have the same ``digest``, whatever
    happened before.
    """

    digest: str
    sum: str
    """The additive set hash behind ``digest`` (base64), so that the next change is O(change)."""
    documents: int

    def json(self) -> dict[str, Any]:
        return {"digest": self.digest, "sum": self.sum, "documents": self.documents}


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found, best first.

    ``score`` is the fused score, ``similarity`` the cosine to the question, ``lexical`` the BM25
    score (0.0 if it was not among the lexical candidates); all rounded to six decimals, so that
    they are the same on every machine.
    """

    chunk: str
    document: str
    score: float
    similarity: float
    lexical: float
    row: int
    """Where the lake keeps the chunk's text."""
