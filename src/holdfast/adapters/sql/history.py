"""Reading what was recorded, change by change: events and lineage edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, bindparam, func, select, tuple_

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.reads import prefix_end
from holdfast.adapters.sql.schema import commits, edges, events
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.adapters.sql.values import Values
from holdfast.domain.event import Commit, Edge, Entry
from holdfast.domain.moment import EventId
from holdfast.errors import UsageError
from holdfast.ports.ledger import Link, Query

_PAGE = 500
"""Rows per statement: a walk that stops early reads little, and no statement stays open."""

_EVENT: Select[*tuple[Any, ...]] = select(
    commits.c.tick,
    commits.c.timeline,
    commits.c.at,
    commits.c.operation,
    commits.c.actor,
    commits.c.reason,
    commits.c.cause,
    commits.c.events,
    commits.c.hash,
    events.c.place,
    events.c.store,
    events.c.key,
    events.c.value,
    events.c.digest,
).join_from(commits, events, events.c.tick == commits.c.tick)
_LINK: Select[*tuple[Any, ...]] = select(
    edges.c.tick,
    edges.c.place,
    edges.c.source,
    edges.c.strength,
    events.c.timeline,
    events.c.store,
    events.c.key,
).join_from(edges, events, (events.c.tick == edges.c.tick) & (events.c.place == edges.c.place))

_NEWEST = select(func.max(commits.c.tick))
_OF_STORE = (
    select(events.c.tick)
    .where(
        events.c.store == bindparam("store"),
        events.c.tick > bindparam("after"),
        events.c.tick <= bindparam("until"),
    )
    .suffix_with("LIMIT 1")
)

_Any = TypeVar("_Any")


class _Part(NamedTuple):
    """Ticks ``after < tick <= until``, of one timeline or of all."""

    timeline: int | None
    after: int
    until: int


class HistoryReader:
    """Walks the log by tick, in pages."""

    def __init__(self, database: Database, timelines: TimelineReader) -> None:
        self._database = database
        self._timelines = timelines
        self._values = Values(database)
        self._newest = database.prepare(_NEWEST)
        self._of_store = database.prepare(_OF_STORE, "store", "after", "until")

    def history(self, query: Query) -> Iterator[tuple[Commit, Entry]]:
        if query.store is None and (query.key is not None or query.prefix is not None):
            raise UsageError("a history by key or prefix needs a store; name it")
        if query.limit is not None and query.limit < 0:
            raise UsageError(f"a history cannot have {query.limit!r} events; use 0 or more")
        after, until = self._ticks(query)
        return islice(self._walk(query, after=after, until=until), query.limit)

    def links(self, *, found_by: Sequence[EventId], sources: Sequence[str]) -> list[Link]:
        conditions = [
            tuple_(edges.c.tick, edges.c.place).in_([(e.tick, e.place) for e in chunk])
            for chunk in _chunks(sorted(set(found_by)))
        ] + [edges.c.source.in_(chunk) for chunk in _chunks(sorted(set(sources)))]
        found = {
            (tick, place, source): Link(
                EventId(tick, place), timeline, store, key, Edge(source, strength)
            )
            for condition in conditions
            for tick, place, source, strength, timeline, store, key in self._database.select(
                _LINK.where(condition)
            )
        }
        return [found[name] for name in sorted(found)]

    def _ticks(self, query: Query) -> tuple[int, int]:
        """All bounds of a query as ``after < tick <= until``.

        The newest tick is fixed now: a walk does not chase a writer.
        """
        until = self._database.rows(self._newest)[0][0] or 0
        after = query.after
        if query.until is not None:
            until = min(until, query.until)
        if query.within is not None:
            until = min(until, query.within.tick)
        if query.before is not None:
            earlier = select(commits.c.tick).where(commits.c.at <= query.before)
            until = min(until, self._tick(earlier.order_by(commits.c.at.desc()).limit(1)) or 0)
        if query.since is not None:
            later = select(commits.c.tick).where(commits.c.at >= query.since)
            first = self._tick(later.order_by(commits.c.at).limit(1))
            after = until if first is None else max(after, first - 1)
        return after, until

    def _tick(self, statement: Select[*tuple[Any, ...]]) -> int | None:
        rows = self._database.select(statement)
        return rows[0][0] if rows else None

    def _walk(self, query: Query, *, after: int, until: int) -> Iterator[tuple[Commit, Entry]]:
        if query.within is None:
            yield from self._part(query, _Part(None, after, until))
            return
        sight = self._timelines.sight(query.within.timeline)
        # A single key's events are few: they need no query for each piece.
        whole = (_Part(None, after, until),)
        pieces = tuple(
            _Part(piece.timeline, max(piece.after, after), min(piece.until, until))
            for piece in sight.timeline.spans(until)
        )
        parts = pieces if query.key is None else whole
        for part in reversed(parts) if query.newest_first else parts:
            for commit, entry in self._part(query, part):
                if sight.shows(entry.id.tick, entry.id.place, timeline=entry.timeline):
                    yield commit, entry

    def _part(self, query: Query, part: _Part) -> Iterator[tuple[Commit, Entry]]:
        last: tuple[int, int] | None = None
        bounds = (query.store, part.after, part.until)
        if query.store is not None and not self._database.rows(self._of_store, bounds):
            return  # Whoever looks for what is new mostly finds nothing.
        while part.after < part.until:
            page = self._database.select(_page(query, part, last=last))
            for row in page:
                yield self._event(row)
            if len(page) < _PAGE:
                return
            last = (page[-1][0], page[-1][9])
            # The page's last tick may go on in the next one.
            if query.newest_first:
                part = _Part(part.timeline, part.after, last[0])
            else:
                part = _Part(part.timeline, last[0] - 1, part.until)

    def _event(self, row: Row[*tuple[Any, ...]]) -> tuple[Commit, Entry]:
        commit = Commit(*row[:9])
        place, store, key, text, digest = row[9:]
        entry = self._values.entry(
            EventId(commit.tick, place),
            timeline=commit.timeline,
            name=(store, key),
            text=text,
            digest=digest,
        )
        return commit, entry


def _page(query: Query, part: _Part, *, last: tuple[int, int] | None) -> Select[*tuple[Any, ...]]:
    """Rows of a part beyond ``last``, in the order and number that a page has."""
    # A store is found through its own index, a whole timeline through that of its commits.
    home = commits if query.store is None else events
    tick, place = home.c.tick, events.c.place
    page = _EVENT.where(tick > part.after, tick <= part.until).limit(_PAGE)
    if part.timeline is not None:
        page = page.where(home.c.timeline == part.timeline)
    page = _of_store(page, query)
    if query.key is not None:
        # A change has a key once, so that its tick alone is the order: that of the index by key.
        page = page.order_by(tick.desc() if query.newest_first else tick)
    elif query.newest_first:
        page = page.order_by(tick.desc(), place.desc())
    else:
        page = page.order_by(tick, place)
    if last is None:
        return page
    position = tuple_(tick, place)
    return page.where(position < last if query.newest_first else position > last)


def _of_store(part: Select[*tuple[Any, ...]], query: Query) -> Select[*tuple[Any, ...]]:
    if query.store is not None:
        part = part.where(events.c.store == query.store)
    if query.key is not None:
        part = part.where(events.c.key == query.key)
    if query.prefix is not None:
        part = part.where(events.c.key >= query.prefix)
        high = prefix_end(query.prefix)
        if high is not None:
            part = part.where(events.c.key < high)
    return part


def _chunks(items: Sequence[_Any]) -> Iterable[Sequence[_Any]]:
    return (items[start : start + _PAGE] for start in range(0, len(items), _PAGE))
