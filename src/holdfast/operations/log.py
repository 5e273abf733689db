"""The ledger as a story: changes, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter, itemgetter

from holdfast.domain.digest import short
from holdfast.domain.event import Commit, Entry
from holdfast.ports.ledger import Ledger, Query

SHOWN = 3
"""Keys of a change that its line names."""
KEY = 24
"""Characters of a key that stands for a whole change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change: the commit, its events per store, the first keys, and what it was about."""

    commit: Commit
    stores: dict[str, int]
    keys: tuple[str, ...]
    about: str
    """For people: the question, the documents, the verdict, where a rollback went."""


def log(
    ledger: Ledger, query: Query, *, limit: int = 30, operation: str | None = None
) -> list[Line]:
    """The newest ``limit`` changes that match."""
    history = ledger.history(query)
    changes = (
        (commit, sorted((entry for _, entry in events), key=attrgetter("id")))
        for commit, events in groupby(history, key=itemgetter(0))
        if operation is None or commit.operation == operation
    )
    return [_line(commit, entries) for commit, entries in islice(changes, limit)]


def _line(commit: Commit, entries: list[Entry]) -> Line:
    return Line(
        commit,
        dict(Counter(entry.store for entry in entries)),
        tuple(f"{entry.store}/{entry.key}" for entry in entries[:SHOWN]),
        _about(entries),
    )


def _about(entries: list[Entry]) -> str:
    """What a change was about, by the first of its events that says it."""
    for store, tell in TELLERS.items():
        told = [tell(entry) for entry in entries if entry.store == store]
        if told:
            rest = f" and {len(told) - 1} more" if store in MANY and len(told) > 1 else ""
            return f"{told[0]}{rest}"
    return entries[0].key[:KEY]


def _decision(entry: Entry) -> str:
    return str((entry.value or {}).get("question", entry.key))


def _feedback(entry: Entry) -> str:
    value = entry.value or {}
    return f"{value.get('verdict', '')}: {value.get('question', '')}"


def _document(entry: Entry) -> str:
    return entry.key if entry.value is not None else f"{entry.key} removed"


def _item(entry: Entry) -> str:
    return str((entry.value or {}).get("path", entry.key[:KEY]))


def _release(entry: Entry) -> str:
    return short((entry.value or {}).get("release", entry.key))


def _operation(entry: Entry) -> str:
    value = entry.value or {}
    to = value.get("to")
    place = f" to t{to['timeline']}@{to['tick']}" if to else ""
    return f"{value.get('environment', entry.key[:KEY])}{place}"


TELLERS: dict[str, Callable[[Entry], str]] = {
    "decisions": _decision,
    "feedback": _feedback,
    "documents": _document,
    "operations": _operation,
    "releases": _release,
    "queue": _item,
}
"""How the events of a store are told, the most telling store first."""
MANY = ("documents", "queue")
"""Stores of which a change often writes several keys."""
