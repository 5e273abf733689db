"""The ingestion queue: every document's way in, each step an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from holdfast.domain.digest import digest
from holdfast.domain.event import Edge, Entry, Event, Expect
from holdfast.store.ledger.as_of import View

ENQUEUED, CLAIMED, COMMITTED, QUARANTINED = "enqueued", "claimed", "committed", "quarantined"
LEASE = 60_000_000
"""Microseconds after which a claim by a worker that fell silent may be taken over."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document on its way in. ``document`` is empty when the file could not even be stored."""

    path: str
    document: str
    media_type: str
    bytes: int
    status: str = ENQUEUED
    reason: str = ""
    worker: str = ""
    claimed_at: int = 0

    @property
    def key(self) -> str:
        """Path and content name an item, so that enqueueing twice is harmless."""
        return digest({"path": self.path, "document": self.document})[:32]

    def event(self) -> Event:
        sources = (Edge(f"document:{self.document}"),) if self.document else ()
        return Event("queue", self.key, asdict(self), sources)


@dataclass(frozen=True, slots=True)
class Queued:
    """An item with the event that put it where it is."""

    item: Item
    entry: Entry

    @property
    def expect(self) -> Expect:
        return Expect("queue", self.entry.key, self.entry.id)


def item_of(value: dict[str, Any]) -> Item:
    """The item that an entry of the queue holds."""
    return Item(**value)


def items(view: View, *, status: str | None = None) -> list[Queued]:
    """The queue as of a cut, in order of arrival."""
    queued = [Queued(item_of(entry.value), entry) for entry in view.scan("queue")]
    kept = [q for q in queued if status is None or q.item.status == status]
    return sorted(kept, key=lambda q: q.entry.id)


def claimable(view: View, keys: Sequence[str] | None, *, now: int) -> list[Queued]:
    """Items that wait, or whose worker has been silent for longer than the lease."""
    if keys is None:
        queued = items(view)
    else:
        entries = view.get_many([("queue", key) for key in keys])
        queued = [Queued(item_of(e.value), e) for e in entries if e is not None]
    return [
        q
        for q in queued
        if q.item.status == ENQUEUED
        or (q.item.status == CLAIMED and now - q.item.claimed_at > LEASE)
    ]


def claim(queued: Sequence[Queued], *, worker: str, now: int) -> tuple[list[Event], list[Expect]]:
    """The events that claim items for a worker, and what must still hold for it."""
    events = [
        replace(q.item, status=CLAIMED, worker=worker, claimed_at=now).event() for q in queued
    ]
    return events, [q.expect for q in queued]
