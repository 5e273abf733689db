from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import events
from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.errors import StorageError, StorageLockedError


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(SqliteFile(tmp_path / "x.db", wait=0.1))
    with database.transaction() as cursor:
        cursor.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)", ())
    yield database
    database.close()


def numbers(database: Database) -> list[int]:
    return [n for (n,) in database.rows("SELECT n FROM t ORDER BY n")]


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)", ())
        assert numbers(database) == [1], "a transaction sees its own writes"

    def fail() -> None:
        with database.transaction() as cursor:
            cursor.execute("INSERT INTO t VALUES (2)", ())
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        fail()
    assert numbers(database) == [1]
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (3)", ())
    assert numbers(database) == [1, 3]


def test_errors_of_the_driver_and_of_sqlalchemy_are_translated(database: Database) -> None:
    with pytest.raises(StorageError, match=r"x\.db"):
        database.rows("SELECT nothing")
    with pytest.raises(StorageError, match=r"x\.db"):
        database.select(text("SELECT nothing"))

    def twice() -> None:
        with database.transaction() as cursor:
            cursor.execute("INSERT INTO t VALUES (7), (7)", ())

    with pytest.raises(StorageError):
        twice()
    assert numbers(database) == []


def test_a_second_writer_waits_its_turn_and_then_says_so(database: Database) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.transaction():
            holding.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()
    with pytest.raises(StorageLockedError, match="another thread"), database.transaction():
        pass
    done.set()
    thread.join()
    with database.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)", ())


def test_each_thread_has_a_connection_that_ends_with_it(database: Database) -> None:
    numbers(database)
    for _ in range(5):
        thread = threading.Thread(target=lambda: numbers(database))
        thread.start()
        thread.join()
    gc.collect()
    assert len(database._sessions) == 1


def test_a_closed_database_says_so_to_every_thread(database: Database) -> None:
    ready, closed = threading.Event(), threading.Event()
    said: list[str] = []

    def read() -> None:
        numbers(database)
        ready.set()
        closed.wait()
        with pytest.raises(StorageError) as caught:
            numbers(database)
        said.append(str(caught.value))

    thread = threading.Thread(target=read)
    thread.start()
    ready.wait()
    database.close()
    closed.set()
    thread.join()
    with pytest.raises(StorageError, match="closed"):
        numbers(database)
    assert "closed" in said[0]
    database.close()


def test_prepared_parameters_have_the_order_that_is_asked_for(database: Database) -> None:
    statement = select(events.c.tick).where(
        events.c.store == bindparam("store"), events.c.key == bindparam("key")
    )
    assert "?" in database.prepare(statement, "store", "key")
    with pytest.raises(ValueError, match="'store', 'key'"):
        database.prepare(statement, "key", "store")


def test_an_unfinished_read_does_not_hold_the_log(database: Database, tmp_path: Path) -> None:
    with database.transaction() as cursor:
        cursor.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
    with database.cursor() as cursor:
        cursor.execute("SELECT n FROM t", ())
        cursor.fetchone()
    ((busy, *_),) = database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert busy == 0
    assert (tmp_path / "x.db-wal").stat().st_size == 0
