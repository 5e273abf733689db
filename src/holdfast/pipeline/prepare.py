"""A document made ready to be found: cut into chunks, and the chunks embedded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain.document import Chunk, Document, Space, Vectors
from holdfast.errors import DocumentError
from holdfast.pipeline.chunk import ChunkSettings, chunk
from holdfast.pipeline.load import load
from holdfast.ports.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Target:
    """A space that documents are prepared for."""

    space: Space
    embedder: Embedder
    chunking: ChunkSettings
    optional: bool = False
    """Whether a document may come in although this embedder fails: it is prepared later."""
    filling: bool = False
    """Whether a migration fills the space: documents that were there before are its work."""


def cut(document: Document, target: Target) -> tuple[str, list[Chunk]]:
    """A document's title and chunks. Raises ``DocumentError`` when there is no text in it."""
    text = load(document)
    pieces = chunk(
        text,
        document.digest,
        preprocessing=target.space.preprocessing,
        settings=target.chunking,
    )
    if not pieces:
        raise DocumentError("there is no text in it")
    return text.title, pieces


def embed(chunks: Sequence[Chunk], target: Target) -> Vectors:
    """The chunks' vectors as the lake keeps them; raises ``ProviderError``."""
    return target.embedder.embed(texts(chunks)).astype("float16")


def texts(chunks: Sequence[Chunk]) -> list[str]:
    """What is embedded of chunks: the headings above a passage belong to it."""
    return [f"{piece.title}\n{piece.text}" for piece in chunks]
