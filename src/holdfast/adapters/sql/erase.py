"""Replacing values by what an erasure leaves of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update

from holdfast.adapters.sql.append import Appender
from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import events
from holdfast.domain.digest import Json, canonical
from holdfast.domain.erasure import LASTING, check_marked
from holdfast.domain.event import Change, Commit
from holdfast.domain.moment import EventId
from holdfast.errors import UsageError

_AT = (events.c.tick == bindparam("in_tick"), events.c.place == bindparam("in_place"))
_STORE = select(events.c.store).where(*_AT)
_REPLACE = update(events).values(value=bindparam("text")).where(*_AT)


class SqlEraser:
    """Appends the change that names an erasure and replaces the values, in one transaction."""

    def __init__(self, database: Database, *, appender: Appender) -> None:
        self._database = database
        self._appender = appender
        self._store = database.prepare(_STORE, "in_tick", "in_place")
        self._replace = database.prepare(_REPLACE, "text", "in_tick", "in_place")

    def erase(self, change: Change, *, remains: Mapping[EventId, Json]) -> Commit:
        check_marked(change, remains)
        with self._database.transaction() as cursor:
            for event in remains:
                rows = self._database.rows(self._store, (event.tick, event.place))
                if not rows or rows[0][0] in LASTING:
                    raise UsageError(f"there is no value to erase at event {event}")
            commit = self._appender.one(cursor, change)
            cursor.executemany(
                self._replace,
                [
                    (None if value is None else canonical(value).decode(), e.tick, e.place)
                    for e, value in remains.items()
                ],
            )
        return commit
