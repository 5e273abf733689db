"""The ledger as a story: changes, newest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from holdfast.domain.event import Commit
from holdfast.ports.ledger import Ledger, Query

SHOWN = 3
"""Keys of a change that its line names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change: the commit, its events per store, and the first keys."""

    commit: Commit
    stores: dict[str, int]
    keys: tuple[str, ...]


def log(
    ledger: Ledger, query: Query, *, limit: int = 30, operation: str | None = None
) -> list[Line]:
    """The newest ``limit`` changes that match."""
    lines: list[Line] = []
    commit: Commit | None = None
    stores: Counter[str] = Counter()
    keys: list[str] = []
    for event_commit, entry in ledger.history(query):
        if operation is not None and event_commit.operation != operation:
            continue
        if commit is not None and event_commit.tick != commit.tick:
            lines.append(Line(commit, dict(stores), tuple(keys)))
            stores, keys = Counter(), []
            if len(lines) == limit:
                return lines
        commit = event_commit
        stores[entry.store] += 1
        if len(keys) < SHOWN:
            keys.append(f"{entry.store}/{entry.key}")
    if commit is not None and len(lines) < limit:
        lines.append(Line(commit, dict(stores), tuple(keys)))
    return lines
