"""Appending changes to the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.engine.interfaces import DBAPICursor

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.reads import Reader
from holdfast.adapters.sql.schema import commits, edges, environments, events
from holdfast.adapters.sql.sight import Sight
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.domain.chain import GENESIS, Leaf, seal
from holdfast.domain.event import Change, Commit, Expect
from holdfast.domain.record import Record, records
from holdfast.errors import ConflictError, FencedError, StateError
from holdfast.ports.clock import Clock

_TIP = (
    select(commits.c.tick, commits.c.at, commits.c.hash)
    .order_by(commits.c.tick.desc())
    .suffix_with("LIMIT 1")
)
_HEADED = select(environments.c.timeline)


class Slot(NamedTuple):
    """Where the next commit goes."""

    tick: int
    at: int
    previous: str
    """Hash of the commit before."""


class Appender:
    """Writes commits; all but ``commit`` are called within a transaction."""

    def __init__(
        self, database: Database, clock: Clock, *, reader: Reader, timelines: TimelineReader
    ) -> None:
        self._database = database
        self._clock = clock
        self._reader = reader
        self._timelines = timelines
        self._tip = database.prepare(_TIP)
        self._headed = database.prepare(_HEADED)
        self._commit, self._event, self._edge = (
            database.prepare(insert(table), *table.c.keys()) for table in (commits, events, edges)
        )

    def commit(self, changes: Sequence[Change]) -> list[Commit | StateError]:
        prepared = [(change, records(change)) for change in changes]
        results: list[Commit | StateError] = []
        with self._database.transaction() as cursor:
            slot = self.slot()
            headed = {timeline for (timeline,) in self._database.rows(self._headed)}
            for change, written in prepared:
                refusal = self._refusal(change, headed, tick=slot.tick)
                if refusal is not None:
                    results.append(refusal)
                    continue
                commit = self.append(cursor, change, written=written, slot=slot)
                slot = self._after(commit.tick, commit.at, commit.hash)
                results.append(commit)
        return results

    def one(self, cursor: DBAPICursor, change: Change) -> Commit:
        """Write one change within a transaction; raises why it is refused."""
        written = records(change)
        slot = self.slot()
        headed = {timeline for (timeline,) in self._database.rows(self._headed)}
        refusal = self._refusal(change, headed, tick=slot.tick)
        if refusal is not None:
            raise refusal
        return self.append(cursor, change, written=written, slot=slot)

    def slot(self) -> Slot:
        """The place after the newest commit."""
        rows = self._database.rows(self._tip)
        return self._after(*rows[0]) if rows else self._after(0, 0, GENESIS)

    def _after(self, tick: int, at: int, previous: str) -> Slot:
        # Time may stand still or be set back; the log's does not.
        return Slot(tick + 1, max(self._clock.now(), at + 1), previous)

    def append(
        self,
        cursor: DBAPICursor,
        change: Change,
        *,
        written: Sequence[Record],
        slot: Slot,
    ) -> Commit:
        """Write one change at ``slot``."""
        commit = Commit(
            tick=slot.tick,
            timeline=change.timeline,
            at=slot.at,
            operation=change.operation,
            actor=change.actor,
            reason=change.reason,
            cause=change.cause,
            events=len(written),
            hash="",
        )
        leaves = [Leaf(r.event.store, r.event.key, r.digest, r.event.sources) for r in written]
        commit = seal(commit, previous=slot.previous, leaves=leaves)
        cursor.execute(self._commit, _row(commit))
        cursor.executemany(
            self._event,
            [
                (
                    commit.tick,
                    place,
                    commit.timeline,
                    leaf.store,
                    leaf.key,
                    record.text,
                    leaf.digest,
                )
                for place, (leaf, record) in enumerate(zip(leaves, written, strict=True))
            ],
        )
        drawn = [
            (commit.tick, place, edge.source, float(edge.strength))
            for place, leaf in enumerate(leaves)
            for edge in leaf.sources
        ]
        if drawn:
            cursor.executemany(self._edge, drawn)
        return commit

    def unmet(self, expects: Sequence[Expect], *, tick: int, sight: Sight) -> ConflictError | None:
        """Says which expectation does not hold as of ``tick``, the first one."""
        for expect in expects:
            entry = self._reader.newest(expect.store, expect.key, tick=tick, sight=sight)
            found = entry and entry.id
            if found != expect.event:
                return ConflictError(
                    f"{expect.key!r} of {expect.store!r} was expected at {_place(expect.event)} "
                    f"and is at {_place(found)}: somebody changed it first; read it and retry"
                )
        return None

    def _refusal(self, change: Change, headed: set[int], *, tick: int) -> StateError | None:
        if change.timeline not in headed:
            return FencedError(
                f"no environment heads timeline {change.timeline!r}: it was rolled back since "
                f"{change.operation!r} was prepared; resolve the head again and retry"
            )
        if not change.expects:
            return None
        sight = self._timelines.sight(change.timeline)
        return self.unmet(change.expects, tick=tick, sight=sight)


def _row(commit: Commit) -> tuple[Any, ...]:
    return (
        commit.tick,
        commit.timeline,
        commit.at,
        commit.operation,
        commit.actor,
        commit.reason,
        commit.cause,
        commit.events,
        commit.hash,
    )


def _place(event: object) -> str:
    return "nothing" if event is None else str(event)
