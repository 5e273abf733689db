"""The ledger: an append-only log of changes that is read as of any cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.domain.event import Change, Commit, Edge, Entry
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import StateError


@dataclass(frozen=True, slots=True)
class Query:
    """Which events ``history`` yields: those that match every field that is set.

    ``within`` keeps to what a cut shows (its ancestry up to its tick, without revoked events);
    without it, events of all timelines are found, also abandoned ones. ``prefix`` and ``key``
    need ``store``. Ticks are ``after < tick <= until``; times (microseconds since 1970 UTC) are
    ``since <= at <= before``.
    """

    store: str | None = None
    key: str | None = None
    prefix: str | None = None
    within: Cut | None = None
    after: int = 0
    until: int | None = None
    since: int | None = None
    before: int | None = None
    newest_first: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A lineage edge as recorded: ``event`` of ``timeline`` and ``store``/``key`` has ``edge``."""

    event: EventId
    timeline: int
    store: str
    key: str
    edge: Edge


class Ledger(Protocol):
    """Append and read. Every method is safe to call from several threads and processes.

    A tick is visible only when all lower ticks are committed. What ``commit`` returned is durable
    (fsync). Reading never blocks writing.
    """

    def commit(self, changes: Sequence[Change]) -> list[Commit | StateError]:
        """Append changes in one transaction, each wholly or not at all.

        Returns, in order, the commit or why it was refused (``FencedError``, ``ConflictError``,
        ``UsageError`` is raised for a malformed change: no events, or a key twice). A change
        sees the earlier ones of the same call. Raises ``StorageError`` when nothing was written.
        """
        ...

    def read(self, keys: Sequence[tuple[str, str]], at: Cut) -> list[Entry | None]:
        """For each (store, key), the newest visible event as of ``at``; ``None`` if absent."""
        ...

    def scan(
        self, store: str, at: Cut, *, prefix: str = "", limit: int | None = None
    ) -> list[Entry]:
        """The live entries of a store whose keys start with ``prefix``, by key, as of ``at``."""
        ...

    def recent(self, store: str, at: Cut, *, prefix: str, count: int) -> list[Entry]:
        """Of what ``scan`` finds, the ``count`` entries written last, oldest first."""
        ...

    def history(self, query: Query) -> Iterator[tuple[Commit, Entry]]:
        """Events as they were recorded, by tick and place, removals too."""
        ...

    def links(self, *, events: Sequence[EventId] = (), sources: Sequence[str] = ()) -> list[Link]:
        """Recorded lineage: the edges of these events, and those that name these sources."""
        ...
