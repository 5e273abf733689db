"""Starting timelines: creation, fork, rollback and recover are all this one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine.interfaces import DBAPICursor

from holdfast.adapters.sql.append import Appender, Slot
from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import (
    commits,
    environments,
    events,
    moves,
    revocations,
)
from holdfast.adapters.sql.schema import timelines as timeline_table
from holdfast.adapters.sql.sight import Sight
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.domain.event import Commit, Fork
from holdfast.domain.moment import Head, Timeline
from holdfast.domain.record import check_text, records
from holdfast.errors import ConflictError, UsageError

_DONE = (
    select(*commits.c)
    .join(moves, moves.c.tick == commits.c.tick)
    .where(moves.c.operation == bindparam("operation"))
)
_HEAD = select(environments.c.timeline).where(environments.c.name == bindparam("name"))
_NEWEST = (
    select(commits.c.tick)
    .where(commits.c.timeline == bindparam("timeline"))
    .order_by(commits.c.tick.desc())
    .suffix_with("LIMIT 1")
)
_LAST = (
    select(timeline_table.c.number).order_by(timeline_table.c.number.desc()).suffix_with("LIMIT 1")
)
_REVOKERS = select(timeline_table.c.revokers).where(timeline_table.c.number == bindparam("number"))
_EVENT = select(events.c.tick).where(
    events.c.tick == bindparam("tick"), events.c.place == bindparam("place")
)
_REPOINT = (
    update(environments)
    .values(timeline=bindparam("to"))
    .where(environments.c.name == bindparam("environment"))
)


class Forker:
    """Makes a timeline, points an environment at it and writes its first change."""

    def __init__(
        self, database: Database, *, appender: Appender, timelines: TimelineReader
    ) -> None:
        self._database = database
        self._appender = appender
        self._timelines = timelines
        self._done = database.prepare(_DONE, "operation")
        self._head = database.prepare(_HEAD, "name")
        self._newest = database.prepare(_NEWEST, "timeline")
        self._last = database.prepare(_LAST)
        self._revokers = database.prepare(_REVOKERS, "number")
        self._event = database.prepare(_EVENT, "tick", "place")
        self._repoint = database.prepare(_REPOINT, "to", "environment")
        self._insert = {
            table.name: database.prepare(insert(table), *table.c.keys())
            for table in (timeline_table, revocations, environments, moves)
        }

    def fork(self, fork: Fork, *, settle: Callable[[Head], Fork] | None) -> Commit:
        if not fork.environment or not fork.id:
            raise UsageError(f"a fork needs an environment and an id: {fork!r}")
        check_text(fork.environment, what="environment")
        check_text(fork.id, what="operation id")
        with self._database.transaction() as cursor:
            done = self._database.rows(self._done, (fork.id,))
            if done:
                return Commit(*done[0])
            slot = self._appender.slot()
            self._check_head(fork)
            if settle is not None:
                fork = settle(self._timelines.heads()[fork.environment])
                self._check_head(fork)
            written = records(fork.change)
            if fork.parent is not None:
                self._timelines.check(fork.parent)
            self._check_revoked(fork)
            timeline = self._grow(fork, slot)
            change = replace(fork.change, timeline=timeline.number)
            refusal = self._appender.unmet(change.expects, tick=slot.tick, sight=Sight(timeline))
            if refusal is not None:
                raise refusal
            self._write_timeline(cursor, timeline, fork)
            commit = self._appender.append(cursor, change, written=written, slot=slot)
            self._point(cursor, fork, commit)
        self._timelines.learn(timeline)
        return commit

    def _check_head(self, fork: Fork) -> None:
        rows = self._database.rows(self._head, (fork.environment,))
        headed = rows[0][0] if rows else None
        if headed != fork.expects:
            raise ConflictError(
                f"environment {fork.environment!r} was expected to head {_name(fork.expects)} "
                f"and heads {_name(headed)}: somebody moved it first; look and retry"
            )
        if fork.expects_tick is not None:
            newest = self._database.rows(self._newest, (headed,)) if rows else []
            if not newest or newest[0][0] != fork.expects_tick:
                raise ConflictError(
                    f"environment {fork.environment!r} was expected at tick "
                    f"{fork.expects_tick!r} and has gone on since; look and retry"
                )

    def _grow(self, fork: Fork, slot: Slot) -> Timeline:
        last = self._database.rows(self._last)
        number = last[0][0] + 1 if last else 1
        if fork.parent is None:
            return Timeline(number, None, (), frozenset(), slot.at)
        inherited = self._timelines.sight(fork.parent.timeline).timeline.revoked
        pieces = self._timelines.pieces(fork.parent)
        return Timeline(number, fork.parent, pieces, inherited | fork.revoked, slot.at)

    def _check_revoked(self, fork: Fork) -> None:
        for event in fork.revoked:
            # An event that is yet to come could otherwise be born invisible.
            if fork.parent is None or event.tick > fork.parent.tick:
                raise UsageError(f"cannot revoke event {event}: {fork.parent} does not reach it")
            if not self._database.rows(self._event, (event.tick, event.place)):
                raise UsageError(f"cannot revoke event {event}: there is none")

    def _write_timeline(self, cursor: DBAPICursor, timeline: Timeline, fork: Fork) -> None:
        revokers = []
        if timeline.fork is not None:
            stored = self._database.rows(self._revokers, (timeline.fork.timeline,))
            revokers = json.loads(stored[0][0])
        if fork.revoked:
            revokers.append(timeline.number)
        cursor.execute(
            self._insert["timelines"],
            (
                timeline.number,
                timeline.fork and timeline.fork.timeline,
                timeline.fork and timeline.fork.tick,
                json.dumps([[p.timeline, p.after, p.until] for p in timeline.ancestry]),
                json.dumps(revokers),
                timeline.at,
            ),
        )
        if fork.revoked:
            cursor.executemany(
                self._insert["revocations"],
                sorted((timeline.number, event.tick, event.place) for event in fork.revoked),
            )

    def _point(self, cursor: DBAPICursor, fork: Fork, commit: Commit) -> None:
        if fork.expects is None:
            cursor.execute(self._insert["environments"], (fork.environment, commit.timeline))
        else:
            cursor.execute(self._repoint, (commit.timeline, fork.environment))
        cursor.execute(
            self._insert["moves"],
            (fork.id, fork.environment, commit.timeline, commit.tick, commit.at),
        )


def _name(timeline: int | None) -> str:
    return "none" if timeline is None else f"timeline {timeline}"
