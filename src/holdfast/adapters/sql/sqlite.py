"""All that is particular to SQLite: how it is opened, locked, and how it says no."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from holdfast.errors import CorruptionError, StorageError, StorageFullError, StorageLockedError

_JOURNAL_BYTES = 64 * 2**20
"""What the write-ahead log is cut back to after it has grown."""
_CACHED_STATEMENTS = 512
_BESIDE_BYTES = 64 * 2**10
"""Its shared index alone takes 32 KiB; where that does not fit, SQLite says "disk I/O error"."""
_CACHE_KIB = 8 * 1024
"""Pages that each connection keeps: the upper levels of the indexes of some million events."""


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A database in one file, shared by threads and processes of one machine.

    Write-ahead log, so that readers and the writer do not wait for each other; every commit is
    fsynced (``synchronous=FULL``).
    """

    path: Path
    wait: float = 10.0
    """Seconds to wait for another writer."""
    shrinks: bool = False
    """Whether a new file is made so that ``shrink`` can give back pages that are free again."""

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def begin(self) -> str:
        """Starts a transaction that no other writer gets in between."""
        return "BEGIN IMMEDIATE"

    def engine(self) -> Engine:
        """An engine whose connections commit each statement until told ``begin``."""
        return create_engine(
            "sqlite://", creator=self._connect, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=self.wait,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_CACHED_STATEMENTS,
        )
        try:
            for pragma in (
                # Of no effect once there is anything in the file, the journal's mode included.
                *(("auto_vacuum=INCREMENTAL",) if self.shrinks else ()),
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"journal_size_limit={_JOURNAL_BYTES}",
                f"cache_size=-{_CACHE_KIB}",
            ):
                connection.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            connection.close()
            raise
        return connection

    def scrub(self, connection: DBAPIConnection) -> None:
        """Write the file anew, then empty the write-ahead log.

        A page that was freed, or a place in one, keeps its bytes until it is written again, and
        so does the log. Raises ``StorageLockedError`` while another process reads an old state.
        """
        cursor = connection.cursor()
        try:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = (cursor.fetchone() or (1,))[0]
        finally:
            cursor.close()
        if busy:
            raise StorageLockedError(
                f"{self.name!r} is being read by another process for {self.wait:g} s; retry"
            )

    def _full(self) -> bool:
        """Whether the disk has no room for what SQLite keeps beside the file."""
        try:
            return shutil.disk_usage(self.path.parent).free < _BESIDE_BYTES
        except OSError:
            return False

    def translate(self, error: Exception) -> StorageError:
        """Our name for what SQLite (or SQLAlchemy on its behalf) raised."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        # An extended code keeps its family in the low byte.
        code = getattr(cause, "sqlite_errorcode", None)
        family = None if code is None else code & 0xFF
        if family in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StorageLockedError(
                f"{self.name!r} was locked by another process for {self.wait:g} s; "
                "end the process that holds it, or retry"
            )
        if family == sqlite3.SQLITE_FULL or (family == sqlite3.SQLITE_IOERR and self._full()):
            return StorageFullError(
                f"no space left for {self.name!r}: nothing was written; free some and retry"
            )
        if family in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return CorruptionError(
                f"{self.name!r} is damaged or no ledger ({cause}); restore it from a backup"
            )
        if family in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return StorageError(
                f"cannot open {self.name!r} for writing ({cause}); "
                "see that its folder exists and is writable"
            )
        return StorageError(f"{self.name!r} refused: {cause}; nothing was written")
