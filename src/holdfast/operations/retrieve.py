"""Search without answering: what a question would find, in the order that answers use."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.moment import Cut
from holdfast.domain.record import check_text
from holdfast.errors import UsageError
from holdfast.operations.sources import sources
from holdfast.pipeline import feedback, rank
from holdfast.pipeline.runtime import Runtime
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger.as_of import View


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found, with its text."""

    chunk: str
    document: str
    path: str
    title: str
    """Document title and headings."""
    text: str
    score: float
    similarity: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a search found at a cut, best first."""

    release: str
    cut: Cut
    passages: tuple[Passage, ...]


def retrieve(
    text: str, *, runtime: Runtime, view: View, search: CorpusSearch, limit: int = 10
) -> Retrieved:
    """The ``limit`` best passages, ranked as for an answer, the guard's rules left out.

    Records nothing. Raises ``UsageError`` for an empty text.
    """
    if not text.strip():
        raise UsageError("the search text is empty; say what to look for")
    check_text(text, what="the search text")
    vector = runtime.embedder.embed([text])[0]
    depth = max(limit, runtime.retrieval.candidates)
    found = search.search(text, vector, at=view.cut, depth=depth)
    counts, _ = feedback.ratings(view, [hit.chunk for hit in found[: 3 * limit]])
    hits = rank.rank(found, counts, settings=runtime.retrieval.rank)[:limit]
    rows = zip(hits, search.take(hits), sources(hits, view=view), strict=True)
    passages = tuple(
        Passage(
            chunk=hit.chunk,
            document=hit.document,
            path=source.path,
            title=chunk.title,
            text=chunk.text,
            score=hit.score,
            similarity=hit.similarity,
            lexical=hit.lexical,
        )
        for hit, chunk, source in rows
    )
    return Retrieved(runtime.release.digest, view.cut, passages)
