from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger
from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.errors import CorruptionError, StorageError, StorageFullError, StorageLockedError
from holdfast.store.ledger.chain import verify
from tests.contracts.world import World


@contextmanager
def opened(path: Path, *, wait: float = 10.0) -> Iterator[World]:
    ledger = SqlLedger(SqliteFile(path, wait=wait), clock=SettableClock())
    try:
        yield World(ledger)
    finally:
        ledger.close()


def test_connections_are_durable_and_do_not_wait_for_readers(tmp_path: Path) -> None:
    with SqliteFile(tmp_path / "x.db").engine().connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_a_locked_file_is_named_with_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path, wait=0.05) as world:
        world.start()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageLockedError, match=r"ledger\.db' was locked .* 0\.05 s"):
                world.put("a", 1)
            assert world.live() == {}, "readers do not wait for a writer"
            other.execute("ROLLBACK")
        assert world.put("a", 1).tick == 2


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as world:
        world.start()
        limit_pages(world, grow=20)
        with pytest.raises(StorageFullError, match=r"ledger\.db"):
            fill(world)
        kept = verify(world.ledger)
        assert kept.commits == kept.events == world.head().tick
        limit_pages(world, grow=100)
        assert world.put("more", 1).tick == kept.commits + 1
        verify(world.ledger)


def fill(world: World) -> None:
    for n in range(1000):
        world.put(f"{n}", "x" * 1000)


def limit_pages(world: World, *, grow: int) -> None:
    """Let the file grow by some pages only, as on a full disk."""
    ledger = world.ledger
    assert isinstance(ledger, SqlLedger)
    with ledger._database.cursor() as cursor:
        cursor.execute("PRAGMA page_count", ())
        (pages,) = cursor.fetchall()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + grow}", ())


LIMITED = """
import resource, sys
from pathlib import Path
from holdfast.errors import StorageError
from tests.unit.adapters.sql.test_sqlite import opened
from holdfast.store.ledger.chain import verify

with opened(Path(sys.argv[1])) as world:
    world.start()
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        for n in range(10_000):
            world.put(str(n), "x" * 1000)
    except StorageError as error:
        print(type(error).__name__, error)
    kept = verify(world.ledger).commits
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    assert world.put("more", 1).tick == kept + 1
"""


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("Storage"), result.stdout
    assert "ledger.db" in result.stdout
    with opened(path) as world:
        assert world.value("more") == 1
        verify(world.ledger)


def test_what_is_no_database_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(CorruptionError, match=r"ledger\.db.*backup"), opened(path):
        pass


def test_damaged_pages_are_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as world:
        world.start()
        for n in range(50):
            world.put(f"{n}", "x" * 2000)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4)
        file.write(os.urandom(size // 2))
    with pytest.raises(CorruptionError), opened(path) as world:
        verify(world.ledger)


@pytest.mark.parametrize("where", ["missing/ledger.db", "."])
def test_what_cannot_be_opened_says_what_to_look_at(tmp_path: Path, where: str) -> None:
    with pytest.raises(StorageError, match="folder exists"), opened(tmp_path / where):
        pass


def test_a_row_somebody_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as world:
        world.start()
        world.put("a", "good")
        verify(world.ledger)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE events SET value = '\"bad\"' WHERE key = 'a'")
        connection.commit()
    with opened(path) as world, pytest.raises(CorruptionError, match="@2"):
        verify(world.ledger)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE events SET value = 'no json' WHERE key = 'a'")
        connection.commit()
    with opened(path) as world, pytest.raises(CorruptionError, match=r"@2\.0 does not match"):
        world.value("a")
