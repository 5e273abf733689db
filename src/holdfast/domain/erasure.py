"""Erasing values of the ledger: what an erasure leaves in their place, named by the ledger itself.

A commit's hash covers the digest of each value, not the value, so a value can go. What may stand
in its place is said by a later event of the store ``erasures``, which the chain covers like any
other: a value that is neither what was recorded nor what such an event names is damage.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.domain.digest import Json, JsonObject, digest
from holdfast.domain.event import Change, Event
from holdfast.domain.moment import EventId
from holdfast.errors import UsageError

STORE = "erasures"
NOTHING = digest(None)
"""Digest of no value: that of a removal."""
LASTING = frozenset({STORE, "operations"})
"""Stores whose values say what happened to others; they are never erased."""


def marked(event: EventId, *, request: str, remains: Json) -> Event:
    """The event that lets ``remains`` stand where the value of ``event`` stood.

    >>> marked(EventId(12, 0), request="e-1", remains=None).key
    '@12.0'
    """
    return Event(STORE, str(event), {"request": request, "remains": digest(remains)})


def check_marked(change: Change, remains: Mapping[EventId, Json]) -> None:
    """Whether a change names what is to stand in each value's place. Raises ``UsageError``."""
    named: dict[str, JsonObject] = {e.key: e.value for e in change.events if e.store == STORE}
    for event, value in remains.items():
        mark = named.get(str(event))
        if mark is None or mark.get("remains") != digest(value):
            raise UsageError(
                f"the value of event {event} cannot be replaced: the change does not say by what"
            )
