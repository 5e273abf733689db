"""The inbox in a SQLite file of its own, so that it never holds up the ledger."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from holdfast.adapters.sql.database import Backend, Database
from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.errors import StorageError
from holdfast.ports.clock import Clock
from holdfast.ports.inbox import Backlog, Body, Held

SCHEMA = 1
KNOWN = 3_600_000_000
"""Microseconds for which content that was worked on stays known."""
SPARE = 16_384
"""Free pages (64 MB) that the file keeps for what comes next."""
GIVEN_BACK = 4_096
"""Pages (16 MB) that it gives back at once, so that no sender waits long for it."""
SPREAD = 40
"""Bits of a number that count; those above tell one inbox from another."""

NUMBER = BigInteger().with_variant(Integer, "sqlite")
metadata = MetaData()
about = Table("about", metadata, Column("schema", Integer), Column("first", BigInteger))
bodies = Table(
    "bodies",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("signal", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("damage", Text),  # why it was set aside
    Column("content", LargeBinary, nullable=False),
)
digests = Table(
    "digests",
    metadata,
    Column("signal", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("digests_by_time", "at"),
    sqlite_with_rowid=False,
)


class SqlInbox:
    """``Inbox`` on one database; safe for threads and processes."""

    def __init__(self, backend: Backend, *, lock: Path, clock: Clock) -> None:
        self._lock = lock
        self._clock = clock
        self._database = Database(backend)
        try:
            self._make()
        except BaseException:
            self._database.close()
            raise
        self._prepare()

    @classmethod
    def open(cls, path: Path, *, clock: Clock) -> SqlInbox:
        """The inbox in a SQLite file, made if it is not there. Raises ``StorageError``."""
        return cls(SqliteFile(path, shrinks=True), lock=path.with_suffix(".lock"), clock=clock)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def put(self, bodies: Sequence[Body]) -> list[bool]:
        now = self._clock.now()
        kept: list[bool] = []
        with self._database.transaction() as cursor:
            cursor.execute(self._last, ())
            number = int((cursor.fetchone() or (0,))[0])
            for body in bodies:
                cursor.execute(self._known, (body.signal, body.digest))
                kept.append(cursor.fetchone() is None)
                if not kept[-1]:
                    continue
                number += 1
                cursor.execute(self._name, (body.signal, body.digest, number, now))
                cursor.execute(self._keep, (number, now, *_values(body)))
            cursor.execute(self._count, (number,))
        return kept

    def take(self, *, limit: int, room: int, after: int = 0) -> list[Held]:
        sizes = self._database.rows(f"{self._sizes} LIMIT {limit:d}", (after,))
        numbers: list[int] = []
        for number, size in sizes:
            room -= size
            if numbers and room < 0:
                break
            numbers.append(number)
        if not numbers:
            return []
        rows = self._database.rows(self._range, (numbers[0], numbers[-1]))
        return [Held(row[0], row[1], Body(*row[2:])) for row in rows]

    def done(self, numbers: Sequence[int]) -> None:
        limit = self._clock.now() - KNOWN
        with self._database.transaction() as cursor:
            cursor.executemany(self._drop, [(number,) for number in numbers])
            cursor.execute(self._forget, (limit,))

    def shrink(self) -> None:
        if self._database.rows("PRAGMA freelist_count")[0][0] > SPARE:
            with self._database.transaction() as cursor:
                for _ in range(GIVEN_BACK):
                    # Asked for many at once, the driver stops after the first.
                    cursor.execute("PRAGMA incremental_vacuum(1)", ())

    def set_aside(self, number: int, reason: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(self._damage, (reason, number))

    def backlog(self) -> Backlog:
        counts, damaged = self._database.rows(self._backlog)[0], self._database.rows(self._damaged)
        return Backlog(counts[0], counts[1] or 0, counts[2] or 0, damaged[0][0], counts[3] or 0)

    def scrub(self) -> None:
        self._database.scrub()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _make(self) -> None:
        with self._database.transaction(), self._database.connection() as connection:
            metadata.create_all(connection)
            stored = connection.execute(select(about.c.schema)).scalar()
            if stored is None:
                first = secrets.randbits(22) << SPREAD
                connection.execute(insert(about).values(schema=SCHEMA, first=first))
            elif stored != SCHEMA:
                raise StorageError(
                    f"{self._database.backend.name!r} has schema {stored!r}, which this Holdfast "
                    f"does not know (its own is {SCHEMA!r}); use the Holdfast that wrote it"
                )

    def _prepare(self) -> None:
        prepare, bound = self._database.prepare, bindparam
        waiting = bodies.c.damage.is_(None)
        names = ("signal", "digest", "encoding", "items", "content")
        shown = [bodies.c[name] for name in names]
        self._last = prepare(select(about.c.first))
        self._count = prepare(update(about).values(first=bound("number")), "number")
        self._known = prepare(
            select(digests.c.number).where(
                digests.c.signal == bound("signal"), digests.c.digest == bound("digest")
            ),
            "signal",
            "digest",
        )
        named = ("signal", "digest", "number", "at")
        self._name = prepare(insert(digests).values({name: bound(name) for name in named}), *named)
        columns = ("number", "at", "signal", "digest", "encoding", "items", "bytes", "content")
        self._keep = prepare(
            insert(bodies).values({name: bound(name) for name in columns}), *columns
        )
        self._sizes = prepare(
            select(bodies.c.number, bodies.c.bytes)
            .where(bodies.c.number > bound("after"), waiting)
            .order_by(bodies.c.number),
            "after",
        )
        self._range = prepare(
            select(bodies.c.number, bodies.c.at, *shown)
            .where(bodies.c.number >= bound("first"), bodies.c.number <= bound("last"), waiting)
            .order_by(bodies.c.number),
            "first",
            "last",
        )
        self._drop = prepare(delete(bodies).where(bodies.c.number == bound("number")), "number")
        kept = select(bodies.c.number).where(bodies.c.number == digests.c.number).exists()
        self._forget = prepare(delete(digests).where(digests.c.at < bound("at"), ~kept), "at")
        self._damage = prepare(
            update(bodies).values(damage=bound("why")).where(bodies.c.number == bound("number")),
            "why",
            "number",
        )
        self._backlog = prepare(
            select(
                func.count(),
                literal_column("sum(items)"),
                literal_column("sum(bytes)"),
                func.min(bodies.c.at),
            ).where(waiting)
        )
        self._damaged = prepare(
            select(func.count()).select_from(bodies).where(bodies.c.damage.is_not(None))
        )


def _values(body: Body) -> tuple[str, str, str, int, int, bytes]:
    size = len(body.content)
    return body.signal, body.digest, body.encoding, body.items, size, body.content
