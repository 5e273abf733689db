from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger, migrate
from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import REVISION, metadata
from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.errors import StorageError
from tests.contracts.world import World


def test_migrations_make_the_schema(tmp_path: Path) -> None:
    database = Database(SqliteFile(tmp_path / "x.db"))
    assert migrate.revision(database) is None
    migrate.migrate(database)
    assert migrate.revision(database) == REVISION
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_newest_revision_is_the_schemas() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    assert scripts.get_heads() == [REVISION]


def test_a_failed_upgrade_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    original = migrate._upgrade

    def half(database: Database, stored: str | None) -> None:
        original(database, stored)
        raise RuntimeError("half-way")

    monkeypatch.setattr(migrate, "_upgrade", half)
    with pytest.raises(RuntimeError):
        SqlLedger.open(path, clock=SettableClock())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    ledger = SqlLedger.open(path, clock=SettableClock())
    assert World(ledger).start().tick == 1
    ledger.close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqlLedger.open(path, clock=SettableClock()).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"'9999'.*use the Holdfast that wrote it"):
        SqlLedger.open(path, clock=SettableClock())
    assert path.read_bytes() == before


def test_many_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    def open_and_close(_: int) -> None:
        SqlLedger.open(tmp_path / "x.db", clock=SettableClock()).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_and_close, range(4)))


def test_opening_a_current_ledger_does_not_load_alembic(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqlLedger.open(path, clock=SettableClock()).close()
    script = (
        "import sys; from pathlib import Path; "
        "from holdfast.adapters.sql import SqlLedger; "
        "from holdfast.adapters.memory.clock import SettableClock; "
        "SqlLedger.open(Path(sys.argv[1]), clock=SettableClock()).close(); "
        "print('alembic' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
