"""Reading the events of one key, or of a range of keys, as of a cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine.interfaces import DBAPICursor

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import events
from holdfast.adapters.sql.sight import Sight
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.adapters.sql.values import Values
from holdfast.domain.event import Entry
from holdfast.domain.moment import Cut, EventId

_SURROGATES, _AFTER_SURROGATES = 0xD800, 0xE000
"""Code points that are no characters: no stored key holds one."""
_STEPS = 32
"""Events of a key that are read with their values: the newest is visible nearly always."""
_MORE = 2_000
"""Further ones, stepped over by the index alone before pieces are looked up one by one."""

_OF_KEY = (
    select(events.c.tick, events.c.place, events.c.timeline, events.c.value, events.c.digest)
    .where(
        events.c.store == bindparam("store"),
        events.c.key == bindparam("key"),
        events.c.tick <= bindparam("tick"),
    )
    .order_by(events.c.tick.desc())
)
_NEWEST = _OF_KEY.suffix_with(f"LIMIT {_STEPS}")
_OLDER = (
    select(events.c.tick, events.c.place, events.c.timeline)
    .where(
        events.c.store == bindparam("store"),
        events.c.key == bindparam("key"),
        events.c.tick < bindparam("tick"),
    )
    .order_by(events.c.tick.desc())
    .suffix_with(f"LIMIT {_MORE}")
)
_IN_PIECE = _OF_KEY.where(
    events.c.tick > bindparam("after"), events.c.timeline == bindparam("timeline")
)
_FROM = (
    select(events.c.key, events.c.tick, events.c.place, events.c.timeline)
    .where(
        events.c.store == bindparam("store"),
        events.c.tick <= bindparam("tick"),
        events.c.key >= bindparam("low"),
    )
    .order_by(events.c.key, events.c.tick.desc())
)
_BETWEEN = _FROM.where(events.c.key < bindparam("high"))
_VALUE = select(events.c.value, events.c.digest).where(
    events.c.tick == bindparam("tick"), events.c.place == bindparam("place")
)

_Key = tuple[str, int, int, int]
"""A key with the tick, place and timeline of an event."""


class Reader:
    """Point reads and scans. They walk the index by key, newest first, to what is visible."""

    def __init__(self, database: Database, timelines: TimelineReader) -> None:
        self._database = database
        self._timelines = timelines
        self._values = Values(database)
        self._newest = database.prepare(_NEWEST, "store", "key", "tick")
        self._older = database.prepare(_OLDER, "store", "key", "tick")
        self._in_piece = database.prepare(_IN_PIECE, "store", "key", "tick", "after", "timeline")
        self._from = database.prepare(_FROM, "store", "tick", "low")
        self._between = database.prepare(_BETWEEN, "store", "tick", "low", "high")
        self._value = database.prepare(_VALUE, "tick", "place")

    def live(self, store: str, key: str, *, at: Cut) -> Entry | None:
        """The newest visible event of a key unless it is a removal."""
        return self.newest(store, key, tick=at.tick, sight=self._timelines.sight(at.timeline))

    def newest(self, store: str, key: str, *, tick: int, sight: Sight) -> Entry | None:
        """As ``live``, for a timeline that may not be stored yet."""
        steps, last = 0, tick
        with self._database.cursor() as cursor:
            cursor.execute(self._newest, (store, key, tick))
            while (row := cursor.fetchone()) is not None:
                if sight.shows(row[0], row[1], timeline=row[2]):
                    return self._live(store, key, row)
                steps, last = steps + 1, row[0]
        if steps < _STEPS:
            return None
        return self._among_older(store, key, before=last, sight=sight)

    def _among_older(self, store: str, key: str, *, before: int, sight: Sight) -> Entry | None:
        steps, last = 0, before
        with self._database.cursor() as cursor:
            cursor.execute(self._older, (store, key, before))
            while (row := cursor.fetchone()) is not None:
                if sight.shows(row[0], row[1], timeline=row[2]):
                    found = self._entries(store, [(key, *row)])
                    return found[0] if found else None
                steps, last = steps + 1, row[0]
        if steps < _MORE:
            return None
        return self._from_pieces(store, key, tick=last - 1, sight=sight)

    def _from_pieces(self, store: str, key: str, *, tick: int, sight: Sight) -> Entry | None:
        for piece in reversed(sight.timeline.spans(tick)):
            with self._database.cursor() as cursor:
                cursor.execute(
                    self._in_piece, (store, key, piece.until, piece.after, piece.timeline)
                )
                while (row := cursor.fetchone()) is not None:
                    if sight.shows(row[0], row[1], timeline=row[2]):
                        return self._live(store, key, row)
        return None

    def scan(self, store: str, at: Cut, *, prefix: str, limit: int | None) -> list[Entry]:
        with self._keys(store, at, prefix=prefix) as newest:
            return self._taken(store, newest, limit=limit)

    def recent(self, store: str, at: Cut, *, prefix: str, count: int) -> list[Entry]:
        with self._keys(store, at, prefix=prefix) as newest:
            written = sorted(newest, key=itemgetter(1, 2), reverse=True)
        return sorted(self._taken(store, iter(written), limit=count), key=lambda entry: entry.id)

    @contextmanager
    def _keys(self, store: str, at: Cut, *, prefix: str) -> Iterator[Iterator[_Key]]:
        """The newest visible event of every key, by key."""
        sight = self._timelines.sight(at.timeline)
        with self._database.cursor() as cursor:
            high = prefix_end(prefix)
            if high is None:
                cursor.execute(self._from, (store, at.tick, prefix))
            else:
                cursor.execute(self._between, (store, at.tick, prefix, high))
            yield _newest_visible(cursor, sight)

    def _taken(self, store: str, newest: Iterator[_Key], *, limit: int | None) -> list[Entry]:
        """The first ``limit`` entries that are no removals."""
        found: list[Entry] = []
        while limit is None or len(found) < limit:
            batch = list(islice(newest, None if limit is None else limit - len(found)))
            if not batch:
                break
            found += self._entries(store, batch)
        return found

    def _entries(self, store: str, batch: Sequence[_Key]) -> list[Entry]:
        """The entries that are no removals. Values are read in the order they were written in."""
        texts = {}
        with self._database.cursor() as cursor:
            for key, tick, place, _ in sorted(batch, key=itemgetter(1, 2)):
                cursor.execute(self._value, (tick, place))
                (texts[key],) = cursor.fetchall()
        live = (self._live(store, key, (*where, *texts[key])) for key, *where in batch)
        return [entry for entry in live if entry is not None]

    def _live(self, store: str, key: str, row: Sequence[Any]) -> Entry | None:
        """The entry of a row, unless it is a removal or nothing was left of it."""
        tick, place, timeline, text, digest = row
        entry = self._values.entry(
            EventId(tick, place), timeline=timeline, name=(store, key), text=text, digest=digest
        )
        return None if text is None else entry


def _newest_visible(cursor: DBAPICursor, sight: Sight) -> Iterator[_Key]:
    """Of rows by key, newest first: the first of each key that is visible."""
    decided = None
    while (row := cursor.fetchone()) is not None:
        key, tick, place, timeline = row
        if key != decided and sight.shows(tick, place, timeline=timeline):
            decided = key
            yield key, tick, place, timeline


def prefix_end(prefix: str) -> str | None:
    """The least text above all that start with ``prefix``; ``None`` if there is none.

    >>> prefix_end("a/")
    'a0'
    """
    last = chr(0x10FFFF)
    stem = prefix.rstrip(last)
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(_AFTER_SURROGATES if following == _SURROGATES else following)
