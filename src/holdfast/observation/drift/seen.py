"""What monitors see of each decision: its row of figures, its texts, and who scored it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.observation.fact import Fact, Paths, complete, fair, read
from holdfast.ports.ledger import Ledger, Query

__all__ = ["Found", "Seen", "Stretch", "look"]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was in the prompt: its chunk, its document's path, and how it scored."""

    chunk: str
    path: str
    similarity: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One decision. ``scores`` are by scorer and version: ``grounding@1a2b3c4d``."""

    tick: int
    fact: Fact
    answer: str
    found: tuple[Found, ...] = ()
    scores: Mapping[str, bool | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Decisions of an environment with ``after < tick <= until``, on whatever timeline."""

    environment: str
    after: int = 0
    until: int | None = None
    newest: int | None = None
    """At most so many, the newest."""


def look(ledger: Ledger, stretch: Stretch, *, paths: Paths | None = None) -> list[Seen]:
    """The decisions of a stretch, oldest first, with what became known of them until now.

    A rollback does not unmeasure: what users were told counts, also when it was taken back.
    """
    known = paths or Paths(ledger)
    rows = list(_decisions(ledger, stretch))
    if not rows:
        return []
    facts = [read(value, paths=known) for _, value in rows]
    since = min(fact.at for fact in facts)
    whole = complete(facts, ledger=ledger, since=since)
    scores = _scores(ledger, since, {fact.decision for fact in facts})
    return [
        Seen(tick, fact, value["answer"], _found(value, known), scores.get(fact.decision, {}))
        for (tick, value), fact in zip(rows, whole, strict=True)
    ]


def _decisions(ledger: Ledger, stretch: Stretch) -> Iterator[tuple[int, dict[str, Any]]]:
    newest = stretch.newest is not None
    query = Query(store="decisions", after=stretch.after, until=stretch.until, newest_first=newest)
    rows = (
        (commit.tick, entry.value)
        for commit, entry in ledger.history(query)
        if entry.value is not None and entry.value["environment"] == stretch.environment
    )
    if stretch.newest is None:
        yield from rows
        return
    kept = [row for row, _ in zip(rows, range(stretch.newest), strict=False)]
    yield from reversed(kept)


def _found(value: dict[str, Any], paths: Paths) -> tuple[Found, ...]:
    stamp = value["stamp"]
    return tuple(
        Found(hit["chunk"], paths.path(hit["document"]), hit["similarity"], hit["lexical"])
        for hit in stamp["hits"][: stamp["used"]]
    )


def _scores(ledger: Ledger, since: int, wanted: set[str]) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    for _, entry in ledger.history(Query(store="assessments", since=since)):
        decision, _, name = entry.key.partition("/")
        value = fair(entry.value)
        if decision in wanted and value is not None:
            known.setdefault(decision, {})[f"{name}@{entry.value['scorer'][:8]}"] = value
    return known
