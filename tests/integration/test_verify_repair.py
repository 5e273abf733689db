"""Damage on a real disk: every kind is found and named, and what can be proved is mended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from holdfast.bootstrap import open_project
from holdfast.operations.verify.rebuild import rebuild
from holdfast.operations.verify.verify import Verified, verify
from holdfast.store.lake import segment, shelf
from tests.support.crash_cli import Ended, holdfast
from tests.support.crash_world import started

QUESTION = "How long may I return something?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with started(tmp_path / "project") as project:
        project.ask(QUESTION)
        project.snapshot("calm")
    return tmp_path / "project"


def look(root: Path) -> Verified:
    with open_project(root) as project:
        return verify(project.system)


def changed(file: Path, change: Callable[[bytes], bytes]) -> None:
    before = file.read_bytes()
    file.write_bytes(change(before))
    assert file.read_bytes() != before


def chunk_file(root: Path) -> Path:
    return next((root / ".holdfast").glob("lake/chunks-*/data/*.lance"))


def vector_flipped(root: Path) -> None:
    """One bit of one vector, where it lies in the file."""
    with open_project(root) as project:
        (space,) = project.system.lake.spaces.known()
        columns = next(project.system.lake.chunks.columns(space))
    data = columns.vectors[1].tobytes()
    file = chunk_file(root)
    at = file.read_bytes().index(data) + 40
    changed(file, lambda held: held[:at] + bytes([held[at] ^ 1]) + held[at + 1 :])


def text_changed(root: Path) -> None:
    changed(chunk_file(root), lambda data: data.replace(b"30 days", b"90 days"))


def table_cut(root: Path) -> None:
    changed(chunk_file(root), lambda data: data[: len(data) // 2])


def chunks_lost(root: Path) -> None:
    with open_project(root) as project:
        (space,) = project.system.lake.spaces.known()
        name = project.documents()[0]["document"]
        assert project.system.lake.spaces.drop([name], space=space) == 1


def blob_flipped(root: Path) -> None:
    with open_project(root) as project:
        release = project.deployed()
    (file,) = (root / ".holdfast").glob(f"blobs/sha256/*/{release}")
    changed(file, lambda data: bytes([data[0] ^ 1]) + data[1:])


@pytest.mark.parametrize(
    ("harm", "what", "said"),
    [
        (vector_flipped, "chunks", "vector that does not match its checksum"),
        (text_changed, "chunks", "does not match its checksum"),
        (table_cut, "chunks", "is damaged"),
        (chunks_lost, "chunks", "has no chunks"),
        (blob_flipped, "blobs", "does not match its digest"),
    ],
)
def test_damage_is_named_and_mended(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path], None],
    what: str,
    said: str,
) -> None:
    with open_project(root) as project:
        whole = rebuild(project.system, "production").compared
    assert look(root).sound
    harm(root)
    found = look(root)
    assert not found.sound
    assert what in {one.what for one in found.damage}
    assert any(said in one.problem for one in found.damage)
    ended = holdfast(capsys, root, "verify")
    assert ended.code == 1
    assert said in ended.out
    mended = holdfast(capsys, root, "verify", "--repair", "--json")
    assert (mended.code, json.loads(mended.out)["sound"]) == (0, True)
    assert look(root).damage == ()
    with open_project(root) as project:
        assert rebuild(project.system, "production").compared == whole
        assert project.ask(QUESTION).status == "answered"


def test_what_cannot_be_proved_stays_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = next((root / ".holdfast").glob("lake/documents.lance/data/*.lance"))
    changed(file, lambda data: data.replace(b"30 days", b"90 days"))
    ended = holdfast(capsys, root, "verify", "--repair")
    assert ended.code == 1
    assert "documents" in ended.out
    assert "does not match its digest" in ended.out
    assert "repaired" not in ended.out


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET key = 'other.md' WHERE store = 'documents'",
        "DELETE FROM event WHERE store = 'decisions'",
        "UPDATE edge SET strength = 0.5",
        "UPDATE \"commit\" SET reason = 'nothing'",
    ],
)
def test_an_altered_history_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    with sqlite3.connect(root / ".holdfast" / "ledger.db") as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        sql = altered(sql, tables)
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        assert database.execute(sql).rowcount > 0
    database.close()
    ended: Ended = holdfast(capsys, root, "verify")
    assert ended.code == 1
    assert "is not what was recorded" in ended.out + ended.error


def altered(sql: str, tables: set[str]) -> str:
    """The statement with the tables' real names."""
    for name in ("event", "edge", "commit"):
        real = next(table for table in sorted(tables) if table.startswith(name))
        sql = sql.replace(f'"{name}"', f'"{real}"').replace(f" {name} ", f' "{real}" ')
    return sql


def test_a_damaged_index_is_thrown_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (segment, shelf):
        monkeypatch.setattr(module, "ROWS", 2, raising=False)
    from holdfast.store.lake import codes, index

    monkeypatch.setattr(index, "ROWS", 2)
    monkeypatch.setattr(codes, "ROWS", 2)
    with started(tmp_path / "project") as project:
        first = project.ask(QUESTION)
    root = tmp_path / "project"
    kept = sorted((root / ".holdfast/lake/index").glob("*/v1/*/vectors.npy"))
    assert kept
    assert look(root).sound
    array = np.load(kept[0])
    array[0, 0] += 1
    np.save(kept[0], array)
    (damage,) = look(root).damage
    assert damage.what == "index"
    ended = holdfast(capsys, root, "verify", "--repair")
    assert ended.code == 0
    assert "thrown away" in ended.out
    with open_project(root) as project:
        assert project.ask(QUESTION, session="again").answer == first.answer
