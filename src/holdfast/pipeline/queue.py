"""The ingestion queue: every document's way in, each step an event.

A path has one place on the queue. What is enqueued later replaces what waits there, and a worker
commits only while the place still holds its claim; so an older version never comes in after a
newer one, nor a document after its removal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from holdfast.domain.event import Edge, Entry, Event, Expect
from holdfast.domain.moment import EventId
from holdfast.pipeline import worker as workers
from holdfast.store.ledger.as_of import View

STORE = "queue"
ENQUEUED, CLAIMED, COMMITTED, QUARANTINED = "enqueued", "claimed", "committed", "quarantined"
STATUSES = (ENQUEUED, CLAIMED, COMMITTED, QUARANTINED)
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
        """The place on the queue: one per path."""
        return self.path

    @property
    def waits(self) -> bool:
        """Whether it is still to come in."""
        return self.status in (ENQUEUED, CLAIMED)

    def event(self) -> Event:
        sources = (Edge(f"document:{self.document}"),) if self.document else ()
        return Event(STORE, self.key, asdict(self), sources)


@dataclass(frozen=True, slots=True)
class Queued:
    """An item with the event that put it where it is."""

    item: Item
    event: EventId
    timeline: int

    @property
    def expect(self) -> Expect:
        """Holds until somebody else touches the item."""
        return Expect(STORE, self.item.key, self.event)


def item_of(value: dict[str, Any]) -> Item:
    """The item that an entry of the queue holds."""
    return Item(**value)


def items(view: View, *, status: str | None = None) -> list[Queued]:
    """The queue as of a cut, in order of arrival."""
    queued = [_queued(entry) for entry in view.scan(STORE)]
    kept = [q for q in queued if status is None or q.item.status == status]
    return sorted(kept, key=lambda q: q.event)


def places(view: View, keys: Sequence[str]) -> list[Queued]:
    """What is in these places of the queue, empty ones left out."""
    entries = view.get_many([(STORE, key) for key in keys])
    return [_queued(entry) for entry in entries if entry is not None]


def claimable(
    view: View, keys: Sequence[str] | None, *, now: int, lease: int = LEASE
) -> list[Queued]:
    """Items that wait, or whose worker is gone or has been silent for longer than the lease."""
    queued = items(view) if keys is None else places(view, keys)
    return [q for q in queued if q.item.status == ENQUEUED or _forsaken(q, view, now - lease)]


def claim(queued: Sequence[Queued], *, worker: str, now: int) -> tuple[list[Event], list[Expect]]:
    """The events that claim items for a worker, and what must still hold for it."""
    events = [
        replace(q.item, status=CLAIMED, worker=worker, claimed_at=now).event() for q in queued
    ]
    return events, [q.expect for q in queued]


def _queued(entry: Entry) -> Queued:
    return Queued(item_of(entry.value), entry.id, entry.timeline)


def _forsaken(queued: Queued, view: View, last: int) -> bool:
    """Whether nobody works on a claim any more.

    A claim that was made on another timeline came here by a fork: its worker cannot commit it
    here, whether it is alive or not.
    """
    item = queued.item
    return item.status == CLAIMED and (
        queued.timeline != view.cut.timeline or item.claimed_at < last or workers.gone(item.worker)
    )
