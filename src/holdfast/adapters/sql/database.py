"""Connections, transactions and prepared statements, the same for every SQL database."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, cast
from weakref import WeakSet

from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.elements import ClauseElement

from holdfast.errors import StorageError, StorageLockedError, UsageError


class Backend(Protocol):
    """What one kind of database does in its own way."""

    @property
    def name(self) -> str:
        """How messages call the database."""
        ...

    @property
    def wait(self) -> float:
        """Seconds to wait for another writer."""
        ...

    @property
    def begin(self) -> str:
        """Starts a transaction that no other writer gets in between."""
        ...

    def engine(self) -> Engine: ...

    def scrub(self, connection: DBAPIConnection) -> None:
        """Write the files anew with what is in the tables and nothing else."""
        ...

    def translate(self, error: Exception) -> StorageError: ...


class _Session:
    """One thread's connection; the thread's end closes it."""

    __slots__ = ("__weakref__", "connection", "raw")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.raw = cast(DBAPIConnection, connection.connection.driver_connection)


class Database:
    """One connection per thread, one writer at a time.

    Statements that run on every request are prepared once and go straight to the driver; the
    rest go through SQLAlchemy.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._engine = backend.engine()
        self._errors: tuple[type[Exception], ...] = (
            SQLAlchemyError,
            self._engine.dialect.loaded_dbapi.Error,
        )
        self._local = threading.local()
        self._sessions: WeakSet[_Session] = WeakSet()
        self._opening = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False

    def prepare(self, statement: ClauseElement, *names: str) -> str:
        """The statement in the database's own words, its parameters in the order of ``names``.

        A limit is written as a suffix: as ``limit()`` it would bring parameters of its own.
        """
        compiled = statement.compile(dialect=self._engine.dialect)
        order = tuple(compiled.positiontup or ())  # type: ignore[attr-defined]
        if order != names:
            raise ValueError(f"the statement's parameters are {order!r}, not {names!r}")
        return str(compiled)

    def rows(self, prepared: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a prepared statement."""
        with self.cursor() as cursor:
            cursor.execute(prepared, parameters)
            return list(cursor.fetchall())

    @contextmanager
    def cursor(self) -> Iterator[DBAPICursor]:
        """A driver's cursor on this thread's connection, closed in any case.

        An open one would hold its view of the database, and the log could not be cut back.
        """
        try:
            cursor = self._session().raw.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except self._errors as error:
            raise self.backend.translate(error) from error
        except UnicodeEncodeError as error:
            raise UsageError(f"{error.object!r} holds a lone surrogate; remove it") from error

    def select(self, statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        """All rows of a statement that is composed as needed."""
        with self.connection() as connection:
            return connection.execute(statement).all()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """This thread's connection."""
        try:
            yield self._session().connection
        except self._errors as error:
            raise self.backend.translate(error) from error
        except UnicodeEncodeError as error:
            raise UsageError(f"{error.object!r} holds a lone surrogate; remove it") from error

    @contextmanager
    def transaction(self) -> Iterator[DBAPICursor]:
        """Everything or nothing, durable at the end; no other writer gets in between."""
        with self._turn(), self.cursor() as cursor:
            cursor.execute(self.backend.begin, ())
            try:
                yield cursor
                cursor.execute("COMMIT", ())
            except BaseException:
                # Some failures have ended the transaction already.
                with suppress(*self._errors):
                    cursor.execute("ROLLBACK", ())
                raise

    def scrub(self) -> None:
        """Leave no byte in the files of what is not in the tables any more."""
        with self._turn():
            try:
                self.backend.scrub(self._session().raw)
            except self._errors as error:
                raise self.backend.translate(error) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # SQLite polls for its lock; threads of one process queue here and are served in turn.
        if not self._writing.acquire(timeout=self.backend.wait):
            raise StorageLockedError(
                f"{self.backend.name!r} is being written by another thread for "
                f"{self.backend.wait:g} s; retry"
            )
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close every thread's connection; whoever still uses one gets a ``StorageError``."""
        with self._opening:
            self._closed = True
            for session in list(self._sessions):
                session.connection.close()
        self._engine.dispose()

    def _session(self) -> _Session:
        session: _Session | None = getattr(self._local, "session", None)
        if session is None or self._closed:
            session = self._open()
        return session

    def _open(self) -> _Session:
        with self._opening:
            if self._closed:
                raise StorageError(f"{self.backend.name!r} is closed; open it again")
            session = self._local.session = _Session(self._engine.connect())
            self._sessions.add(session)
            return session
