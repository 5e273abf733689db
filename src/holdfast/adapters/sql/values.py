"""Values as they were written, or as an erasure that the ledger names left them."""

from __future__ import annotations

import json

from sqlalchemy import bindparam, select

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import events
from holdfast.domain.digest import digest_bytes
from holdfast.domain.erasure import NOTHING, STORE
from holdfast.domain.event import Entry, Erased
from holdfast.domain.moment import EventId
from holdfast.errors import CorruptionError

_MARKS = (
    select(events.c.value, events.c.digest)
    .where(events.c.store == bindparam("store"), events.c.key == bindparam("key"))
    .order_by(events.c.tick.desc())
)


class Values:
    """Makes entries of stored values. Raises ``CorruptionError`` for one that is neither."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._marks = database.prepare(_MARKS, "store", "key")

    def entry(
        self, event: EventId, *, timeline: int, name: tuple[str, str], text: str | None, digest: str
    ) -> Entry:
        """The entry of ``event``; ``name`` is its store and key, ``digest`` that of its value."""
        found = NOTHING if text is None else digest_bytes(text.encode())
        erased = None if found == digest else self._erased(event, found, digest=digest)
        value = None if text is None else json.loads(text)
        return Entry(event, timeline, *name, value, erased)

    def _erased(self, event: EventId, found: str, *, digest: str) -> Erased:
        for text, own in self._database.rows(self._marks, (STORE, str(event))):
            if text is not None and digest_bytes(text.encode()) == own:
                mark = json.loads(text)
                if mark.get("remains") == found:
                    return Erased(mark["request"], digest)
        raise CorruptionError(
            f"the value of event {event} does not match its digest; "
            "restore the ledger from a backup"
        )
