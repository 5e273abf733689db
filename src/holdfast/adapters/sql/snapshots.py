"""Named cuts."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import snapshots
from holdfast.adapters.sql.timelines import TimelineReader
from holdfast.domain.event import Snapshot
from holdfast.domain.moment import Cut
from holdfast.domain.record import check_text
from holdfast.errors import ConflictError, UsageError

_ALL = select(*snapshots.c).order_by(snapshots.c.name)
_TAKEN = select(snapshots.c.name).where(snapshots.c.name == bindparam("name"))


class SnapshotTable:
    """Adds and lists snapshots."""

    def __init__(self, database: Database, timelines: TimelineReader) -> None:
        self._database = database
        self._timelines = timelines
        self._all = database.prepare(_ALL)
        self._taken = database.prepare(_TAKEN, "name")
        self._insert = database.prepare(insert(snapshots), *snapshots.c.keys())

    def all(self) -> list[Snapshot]:
        return [
            Snapshot(name, Cut(timeline, tick), *rest)
            for name, timeline, tick, *rest in self._database.rows(self._all)
        ]

    def add(self, snapshot: Snapshot) -> None:
        if not snapshot.name:
            raise UsageError("a snapshot needs a name")
        for what in ("name", "actor", "reason", "corpus"):
            check_text(getattr(snapshot, what), what=what)
        with self._database.transaction() as cursor:
            if self._database.rows(self._taken, (snapshot.name,)):
                raise ConflictError(f"snapshot {snapshot.name!r} exists; choose another name")
            self._timelines.check(snapshot.cut)
            cursor.execute(
                self._insert,
                (
                    snapshot.name,
                    snapshot.cut.timeline,
                    snapshot.cut.tick,
                    snapshot.at,
                    snapshot.actor,
                    snapshot.reason,
                    snapshot.corpus,
                ),
            )
