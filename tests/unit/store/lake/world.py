"""A small lake and ledger to search in, made of the memory adapters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from holdfast.adapters.memory.blobs import MemoryBlobs
from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.lake import MemoryLake
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.digest import digest, digest_bytes
from holdfast.domain.document import Chunk, Document, Space, chunk_id
from holdfast.domain.event import Change, Commit, Event, Fork
from holdfast.domain.moment import Cut, EventId
from holdfast.store.lake import corpus
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.lake.terms import terms
from holdfast.store.ledger.as_of import View

SPACE = Space(preprocessing=digest("prep"), embedder=digest("embedder"), dimensions=16)


def vector(text: str) -> np.ndarray:
    """A unit vector that depends on the words alone."""
    words = [np.random.default_rng(term).normal(size=SPACE.dimensions) for term in terms(text)]
    total = np.sum([*words, np.full(SPACE.dimensions, 1e-3)], axis=0)
    return (total / np.linalg.norm(total)).astype(np.float32)


@dataclass
class World:
    """One environment, ``main``; documents are strings, a chunk per line."""

    ledger: MemoryLedger = field(default_factory=lambda: MemoryLedger(clock=SettableClock()))
    lake: MemoryLake = field(default_factory=MemoryLake)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)

    def __post_init__(self) -> None:
        if "main" not in self.ledger.heads():
            self.fork(None)

    @property
    def head(self) -> Cut:
        return self.ledger.heads()["main"].cut

    def store(self, texts: Iterable[str]) -> list[str]:
        """Put documents and chunks into the lake only; returns the digests."""
        documents = [Document(digest_bytes(t.encode()), "text/plain", t.encode()) for t in texts]
        self.lake.documents.put(documents)
        unique = {document.digest: document for document in documents}.values()
        chunks = [chunk for document in unique for chunk in split(document)]
        if chunks:
            vectors = np.stack([vector(chunk.text) for chunk in chunks]).astype(np.float16)
            self.lake.chunks.append(chunks, vectors, space=SPACE)
        return [document.digest for document in documents]

    def write(self, documents: dict[str, str | None]) -> Commit:
        """Make documents live (or, with ``None``, not) in one change."""
        names = self.store([text for text in documents.values() if text is not None])
        found = iter(names)
        events = tuple(
            Event("documents", path, None if text is None else {"document": next(found)})
            for path, text in documents.items()
        )
        state, expects = corpus.change(View(self.ledger, self.head), events)
        change = Change(self.head.timeline, "ingest", (*events, *state), expects)
        (done,) = self.ledger.commit([change])
        assert isinstance(done, Commit), done
        return done

    def fork(self, parent: Cut | None, *, revoked: Iterable[EventId] = ()) -> Cut:
        """Start a timeline and move ``main`` to it."""
        heads = self.ledger.heads()
        change = Change(0, "fork", (Event("operations", f"f{len(heads)}{parent}", {}),))
        commit = self.ledger.fork(
            Fork(
                id=f"fork-{parent}-{len(self.ledger.moves('main'))}",
                environment="main",
                parent=parent,
                expects=heads["main"].timeline if "main" in heads else None,
                change=change,
                revoked=frozenset(revoked),
            )
        )
        return commit.cut

    def search(self, folder: Path | None = None) -> CorpusSearch:
        return CorpusSearch(
            chunks=self.lake.chunks,
            ledger=self.ledger,
            timelines=self.ledger,
            blobs=self.blobs,
            space=SPACE,
            folder=folder,
        )


def split(document: Document) -> list[Chunk]:
    return [
        Chunk(
            id=chunk_id(document.digest, preprocessing=SPACE.preprocessing, ordinal=i),
            document=document.digest,
            ordinal=i,
            title="",
            text=line,
            terms=tuple(terms(line)),
        )
        for i, line in enumerate(document.source.decode().split("\n"))
    ]
