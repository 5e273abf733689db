"""The ledger in plain lists: the specification that other adapters are held to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count, islice

from holdfast.domain.chain import GENESIS, Leaf, seal
from holdfast.domain.digest import Json, canonical
from holdfast.domain.erasure import LASTING, STORE, check_marked
from holdfast.domain.event import Change, Commit, Entry, Erased, Expect, Fork, Move, Snapshot
from holdfast.domain.moment import Cut, EventId, Head, Timeline
from holdfast.domain.record import Record, check_text, records
from holdfast.errors import (
    ConflictError,
    FencedError,
    MomentError,
    NotFoundError,
    StateError,
    UsageError,
)
from holdfast.ports.clock import Clock
from holdfast.ports.ledger import Link, Query


@dataclass(frozen=True, slots=True)
class _Row:
    """An event as it was recorded; the value as text, so that nobody can change it."""

    commit: Commit
    place: int
    record: Record
    request: str = ""
    """The erasure that left this of it."""

    @property
    def id(self) -> EventId:
        return EventId(self.commit.tick, self.place)

    @property
    def name(self) -> tuple[str, str]:
        return self.record.event.store, self.record.event.key

    def entry(self) -> Entry:
        text = self.record.text
        value = None if text is None else json.loads(text)
        erased = Erased(self.request, self.record.digest) if self.request else None
        return Entry(self.id, self.commit.timeline, *self.name, value, erased)


class MemoryLedger:
    """``Ledger``, ``Timelines``, ``Masks`` and ``Eraser`` for tests, in memory only."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._commits: list[Commit] = []
        self._rows: list[_Row] = []
        self._by_key: dict[tuple[str, str], list[_Row]] = {}
        self._timelines: dict[int, Timeline] = {}
        self._environments: dict[str, int] = {}
        self._moves: list[Move] = []
        self._snapshots: dict[str, Snapshot] = {}
        self._masks = count(-1, -1)

    def close(self) -> None:
        """Nothing to release; there so that a ledger can be closed whatever it is."""

    def commit(self, changes: Sequence[Change]) -> list[Commit | StateError]:
        prepared = [(change, records(change)) for change in changes]
        with self._lock:
            return [self._commit(change, written) for change, written in prepared]

    def read(self, keys: Sequence[tuple[str, str]], at: Cut) -> list[Entry | None]:
        with self._lock:
            shows = self._sight(at)
            return [self._live(name, shows) for name in keys]

    def scan(
        self, store: str, at: Cut, *, prefix: str = "", limit: int | None = None
    ) -> list[Entry]:
        with self._lock:
            shows = self._sight(at)
            names = sorted(
                name for name in self._by_key if name[0] == store and name[1].startswith(prefix)
            )
            entries = (self._live(name, shows) for name in names)
            live = (entry for entry in entries if entry is not None)
            return list(islice(live, None if limit is None else max(limit, 0)))

    def recent(self, store: str, at: Cut, *, prefix: str, count: int) -> list[Entry]:
        found = sorted(self.scan(store, at, prefix=prefix), key=lambda entry: entry.id)
        return found[len(found) - min(count, len(found)) :]

    def history(self, query: Query) -> Iterator[tuple[Commit, Entry]]:
        if query.store is None and (query.key is not None or query.prefix is not None):
            raise UsageError("a history by key or prefix needs a store; name it")
        if query.limit is not None and query.limit < 0:
            raise UsageError(f"a history cannot have {query.limit!r} events; use 0 or more")
        with self._lock:
            shows = self._sight(query.within) if query.within else None
            rows = [
                row for row in self._rows if _matches(row, query) and (shows is None or shows(row))
            ]
        if query.newest_first:
            rows.reverse()
        return ((row.commit, row.entry()) for row in rows[: query.limit])

    def links(self, *, events: Sequence[EventId] = (), sources: Sequence[str] = ()) -> list[Link]:
        with self._lock:
            return [
                Link(row.id, row.commit.timeline, *row.name, edge)
                for row in self._rows
                for edge in sorted(row.record.event.sources, key=lambda edge: edge.source)
                if row.id in events or edge.source in sources
            ]

    def fork(self, fork: Fork, *, settle: Callable[[Head], Fork] | None = None) -> Commit:
        if not fork.environment or not fork.id:
            raise UsageError(f"a fork needs an environment and an id: {fork!r}")
        check_text(fork.environment, what="environment")
        check_text(fork.id, what="operation id")
        with self._lock:
            for move in self._moves:
                if move.operation == fork.id:
                    return self._commits[move.tick - 1]
            self._check_head(fork)
            if settle is not None:
                fork = settle(self.heads()[fork.environment])
                self._check_head(fork)
            written = records(fork.change)
            self._check_plan(fork)
            timeline = self._grow(fork)
            change = replace(fork.change, timeline=timeline.number)
            self._timelines[timeline.number] = timeline
            refusal = self._unmet(change.expects, self._sight(Cut(timeline.number, self._tick)))
            if refusal is not None:
                del self._timelines[timeline.number]
                raise refusal
            commit = self._append(change, written, at=timeline.at)
            self._environments[fork.environment] = timeline.number
            self._moves.append(
                Move(fork.environment, timeline.number, commit.tick, commit.at, fork.id)
            )
            return commit

    def erase(self, change: Change, *, remains: Mapping[EventId, Json]) -> Commit:
        check_marked(change, remains)
        written = records(change)
        with self._lock:
            rows = {row.id: row for row in self._rows}
            for event in remains:
                if event not in rows or rows[event].name[0] in LASTING:
                    raise UsageError(f"there is no value to erase at event {event}")
            result = self._commit(change, written)
            if isinstance(result, StateError):
                raise result
            marks = {event.key: event.value for event in change.events if event.store == STORE}
            for event, value in remains.items():
                self._replace(rows[event], value, request=marks[str(event)]["request"])
            return result

    def scrub(self) -> None:
        """Nothing to do: what was replaced is gone."""

    def timeline(self, number: int) -> Timeline:
        if number not in self._timelines:
            raise NotFoundError(f"no timeline {number!r}; environments name the ones in use")
        return self._timelines[number]

    @contextmanager
    def masked(self, cut: Cut, hidden: Collection[EventId]) -> Iterator[Cut]:
        with self._lock:
            self._check_cut(cut)
            parent = self._timelines[cut.timeline]
            number = next(self._masks)
            self._timelines[number] = Timeline(
                number, cut, parent.spans(cut.tick), parent.revoked | frozenset(hidden), 0
            )
        try:
            yield Cut(number, cut.tick)
        finally:
            with self._lock:
                del self._timelines[number]

    def heads(self) -> dict[str, Head]:
        with self._lock:
            return {
                environment: Head(environment, timeline, self._newest_tick(timeline))
                for environment, timeline in sorted(self._environments.items())
            }

    def moves(self, environment: str) -> list[Move]:
        with self._lock:
            return [move for move in self._moves if move.environment == environment]

    def snapshots(self, add: Snapshot | None = None) -> list[Snapshot]:
        with self._lock:
            if add is not None:
                self._add(add)
            return [self._snapshots[name] for name in sorted(self._snapshots)]

    @property
    def _tick(self) -> int:
        return len(self._commits)

    def _now(self) -> int:
        """The time of the next commit: the clock's, unless that stood still or was set back."""
        return max(self._clock.now(), self._commits[-1].at + 1 if self._commits else 0)

    def _commit(self, change: Change, written: Sequence[Record]) -> Commit | StateError:
        if change.timeline not in self._environments.values():
            return FencedError(
                f"no environment heads timeline {change.timeline!r}: it was rolled back since "
                f"{change.operation!r} was prepared; resolve the head again and retry"
            )
        refusal = self._unmet(change.expects, self._sight(Cut(change.timeline, self._tick)))
        return self._append(change, written) if refusal is None else refusal

    def _append(
        self, change: Change, written: Sequence[Record], *, at: int | None = None
    ) -> Commit:
        commit = Commit(
            tick=self._tick + 1,
            timeline=change.timeline,
            at=self._now() if at is None else at,
            operation=change.operation,
            actor=change.actor,
            reason=change.reason,
            cause=change.cause,
            events=len(written),
            hash="",
        )
        leaves = [Leaf(r.event.store, r.event.key, r.digest, r.event.sources) for r in written]
        previous = self._commits[-1].hash if self._commits else GENESIS
        commit = seal(commit, previous=previous, leaves=leaves)
        self._commits.append(commit)
        for place, record in enumerate(written):
            row = _Row(commit, place, record)
            self._rows.append(row)
            self._by_key.setdefault(row.name, []).append(row)
        return commit

    def _replace(self, row: _Row, value: Json, *, request: str) -> None:
        text = None if value is None else canonical(value).decode()
        left = replace(row, record=replace(row.record, text=text), request=request)
        self._rows[self._rows.index(row)] = left
        of_key = self._by_key[row.name]
        of_key[of_key.index(row)] = left

    def _sight(self, at: Cut) -> Callable[[_Row], bool]:
        """Whether a cut shows an event."""
        timeline = self.timeline(at.timeline)
        spans = {piece.timeline: piece for piece in timeline.spans(at.tick)}

        def shows(row: _Row) -> bool:
            piece = spans.get(row.commit.timeline)
            return (
                piece is not None
                and piece.after < row.commit.tick <= piece.until
                and row.id not in timeline.revoked
            )

        return shows

    def _live(self, name: tuple[str, str], shows: Callable[[_Row], bool]) -> Entry | None:
        rows = reversed(self._by_key.get(name, []))
        newest = next((row for row in rows if shows(row)), None)
        return None if newest is None or newest.record.text is None else newest.entry()

    def _unmet(
        self, expects: Sequence[Expect], shows: Callable[[_Row], bool]
    ) -> ConflictError | None:
        for expect in expects:
            entry = self._live((expect.store, expect.key), shows)
            found = entry and entry.id
            if found != expect.event:
                return ConflictError(
                    f"{expect.key!r} of {expect.store!r} was expected at {expect.event} and is "
                    f"at {found}: somebody changed it first; read it and retry"
                )
        return None

    def _check_head(self, fork: Fork) -> None:
        headed = self._environments.get(fork.environment)
        if headed != fork.expects:
            raise ConflictError(
                f"environment {fork.environment!r} was expected to head timeline "
                f"{fork.expects} and heads {headed}: somebody moved it first; look and retry"
            )
        if fork.expects_tick is not None and (
            headed is None or self._newest_tick(headed) != fork.expects_tick
        ):
            raise ConflictError(
                f"environment {fork.environment!r} was expected at tick {fork.expects_tick!r} "
                "and has gone on since; look and retry"
            )

    def _check_plan(self, fork: Fork) -> None:
        if fork.parent is not None:
            self._check_cut(fork.parent)
        known = {row.id for row in self._rows}
        for event in fork.revoked:
            if fork.parent is None or event.tick > fork.parent.tick:
                raise UsageError(f"cannot revoke event {event}: {fork.parent} does not reach it")
            if event not in known:
                raise UsageError(f"cannot revoke event {event}: there is none")

    def _check_cut(self, cut: Cut) -> None:
        if cut.timeline not in self._timelines or not 0 <= cut.tick <= self._tick:
            raise MomentError(
                f"no moment {cut}: the timelines are 1 to {max((0, *self._timelines))}, "
                f"the ticks 1 to {self._tick}"
            )

    def _grow(self, fork: Fork) -> Timeline:
        number = max((0, *self._timelines)) + 1
        at = self._now()
        if fork.parent is None:
            return Timeline(number, None, (), frozenset(), at)
        parent = self._timelines[fork.parent.timeline]
        pieces = tuple(
            piece
            for piece in parent.spans(fork.parent.tick)
            if any(
                commit.timeline == piece.timeline and piece.after < commit.tick <= piece.until
                for commit in self._commits
            )
        )
        return Timeline(number, fork.parent, pieces, parent.revoked | fork.revoked, at)

    def _newest_tick(self, timeline: int) -> int:
        return next(c.tick for c in reversed(self._commits) if c.timeline == timeline)

    def _add(self, snapshot: Snapshot) -> None:
        if not snapshot.name:
            raise UsageError("a snapshot needs a name")
        for what in ("name", "actor", "reason", "corpus"):
            check_text(getattr(snapshot, what), what=what)
        if snapshot.name in self._snapshots:
            raise ConflictError(f"snapshot {snapshot.name!r} exists; choose another name")
        self._check_cut(snapshot.cut)
        self._snapshots[snapshot.name] = snapshot


def _matches(row: _Row, query: Query) -> bool:
    store, key = row.name
    tick, at = row.commit.tick, row.commit.at
    return (
        (query.store is None or store == query.store)
        and (query.key is None or key == query.key)
        and (query.prefix is None or key.startswith(query.prefix))
        and query.after < tick
        and (query.until is None or tick <= query.until)
        and (query.since is None or query.since <= at)
        and (query.before is None or at <= query.before)
    )
