"""The ledger's ports on an SQL database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from holdfast.adapters.sql.append import Appender
from holdfast.adapters.sql.database import Backend, Database
from holdfast.adapters.sql.erase import SqlEraser
from holdfast.adapters.sql.fork import Forker
from holdfast.adapters.sql.history import HistoryReader
from holdfast.adapters.sql.migrate import migrate
from holdfast.adapters.sql.reads import Reader
from holdfast.adapters.sql.snapshots import SnapshotTable
from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.domain.digest import Json
from holdfast.domain.event import Change, Commit, Entry, Fork, Move, Snapshot
from holdfast.domain.moment import Cut, EventId, Head, Timeline
from holdfast.errors import StateError
from holdfast.ports.clock import Clock
from holdfast.ports.ledger import Link, Query


class SqlLedger:
    """``Ledger``, ``Timelines``, ``Masks`` and ``Eraser`` on one database.

    Safe for threads and processes. Errors of the database arrive as ``StorageError`` and its kinds.
    """

    def __init__(self, backend: Backend, *, clock: Clock) -> None:
        self._database = Database(backend)
        try:
            migrate(self._database)
        except BaseException:
            self._database.close()
            raise
        self._timelines = TimelineReader(self._database)
        self._reader = Reader(self._database, self._timelines)
        self._history = HistoryReader(self._database, self._timelines)
        self._snapshots = SnapshotTable(self._database, self._timelines)
        self._appender = Appender(
            self._database, clock, reader=self._reader, timelines=self._timelines
        )
        self._eraser = SqlEraser(self._database, appender=self._appender)
        self._forker = Forker(self._database, appender=self._appender, timelines=self._timelines)

    @classmethod
    def open(cls, path: Path, *, clock: Clock) -> SqlLedger:
        """The ledger in a SQLite file, made or brought to the newest schema first.

        The file's folder must exist. Raises ``StorageError``.
        """
        return cls(SqliteFile(path), clock=clock)

    def close(self) -> None:
        """Close all connections; later calls raise ``StorageError``."""
        self._database.close()

    def commit(self, changes: Sequence[Change]) -> list[Commit | StateError]:
        return self._appender.commit(changes)

    def read(self, keys: Sequence[tuple[str, str]], at: Cut) -> list[Entry | None]:
        return [self._reader.live(store, key, at=at) for store, key in keys]

    def scan(
        self, store: str, at: Cut, *, prefix: str = "", limit: int | None = None
    ) -> list[Entry]:
        return self._reader.scan(store, at, prefix=prefix, limit=limit)

    def recent(self, store: str, at: Cut, *, prefix: str, count: int) -> list[Entry]:
        return self._reader.recent(store, at, prefix=prefix, count=count)

    def history(self, query: Query) -> Iterator[tuple[Commit, Entry]]:
        return self._history.history(query)

    def links(self, *, events: Sequence[EventId] = (), sources: Sequence[str] = ()) -> list[Link]:
        return self._history.links(found_by=events, sources=sources)

    def fork(self, fork: Fork, *, settle: Callable[[Head], Fork] | None = None) -> Commit:
        return self._forker.fork(fork, settle=settle)

    def erase(self, change: Change, *, remains: Mapping[EventId, Json]) -> Commit:
        return self._eraser.erase(change, remains=remains)

    def scrub(self) -> None:
        self._database.scrub()

    def timeline(self, number: int) -> Timeline:
        return self._timelines.sight(number).timeline

    def masked(self, cut: Cut, hidden: Collection[EventId]) -> AbstractContextManager[Cut]:
        return self._timelines.masked(cut, hidden)

    def heads(self) -> dict[str, Head]:
        return self._timelines.heads()

    def moves(self, environment: str) -> list[Move]:
        return self._timelines.moves(environment)

    def snapshots(self, add: Snapshot | None = None) -> list[Snapshot]:
        if add is not None:
            self._snapshots.add(add)
        return self._snapshots.all()
