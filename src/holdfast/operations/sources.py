"""Where an answer's passages came from, in people's words: path and title."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.domain.document import Hit
from holdfast.domain.event import Entry
from holdfast.store.ledger.as_of import View


@dataclass(frozen=True, slots=True)
class Source:
    """A passage with its document; ``path`` and ``title`` are those of the cut, or empty."""

    chunk: str
    document: str
    path: str
    title: str
    score: float


def sources(hits: Sequence[Hit], *, view: View) -> tuple[Source, ...]:
    """The source of every hit, in their order. Costs as much as there are hits, not documents."""
    live = paths({hit.document for hit in hits}, view=view)
    return tuple(_source(hit, live.get(hit.document)) for hit in hits)


def paths(documents: Iterable[str], *, view: View) -> dict[str, Entry]:
    """The live entry of each document (by digest); the first path of those that have several."""
    links = view.ledger.links(sources=[f"document:{name}" for name in documents])
    keys = sorted({link.key for link in links if link.store == "documents"})
    entries = view.get_many([("documents", key) for key in keys]) if keys else []
    live: dict[str, Entry] = {}
    for entry in entries:
        if entry is not None:
            live.setdefault(entry.value["document"], entry)
    return live


def _source(hit: Hit, entry: Entry | None) -> Source:
    path, title = (entry.key, entry.value["title"]) if entry else ("", "")
    return Source(hit.chunk, hit.document, path, title, hit.score)
