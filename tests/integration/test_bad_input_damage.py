"""Damaged files are named in one line; no answer is given that silently lacks something."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import started

QUESTION = "How long may I return something?"
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "overwritten": lambda data: b"\xa5" * len(data),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with started(tmp_path / "project") as project:
        project.ask(QUESTION)
    return tmp_path / "project"


def home(root: Path) -> Path:
    return root / ".holdfast"


def one(root: Path, pattern: str) -> Path:
    """The newest file that fits."""
    return min(home(root).glob(pattern), key=lambda path: path.name)


@pytest.mark.parametrize("how", ["truncated", "overwritten"])
@pytest.mark.parametrize("command", ["ask", "documents", "ingest", "rollback", "log"])
def test_a_damaged_ledger_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], how: str, command: str
) -> None:
    file = home(root) / "ledger.db"
    file.write_bytes(DAMAGE[how](file.read_bytes()))
    words = {"ask": ["ask", QUESTION], "rollback": ["rollback", "--to", "@3"]}
    line = one_line(holdfast(capsys, root, *words.get(command, [command])))
    assert "ledger.db' is damaged" in line
    assert "restore it from a backup" in line


@pytest.mark.parametrize("how", ["flipped", *DAMAGE])
def test_a_damaged_blob_is_named(root: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    flip = {"flipped": lambda data: bytes([data[0] ^ 1]) + data[1:]}
    with open_project(root) as project:
        release = project.deployed()
    (file,) = home(root).glob(f"blobs/sha256/*/{release}")
    file.write_bytes((DAMAGE | flip)[how](file.read_bytes()))
    for command in (["ask", QUESTION], ["deploy", release[:12]], ["ingest"]):
        line = one_line(holdfast(capsys, root, *command))
        assert f"blob '{release}' does not match its digest" in line


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_chunk_file_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    file = one(root, "lake/chunks-*/data/*.lance")
    file.write_bytes(DAMAGE[how](file.read_bytes()))
    line = one_line(holdfast(capsys, root, "ask", QUESTION))
    assert "chunks-" in line


def test_a_flipped_letter_in_a_passage_is_found(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = one(root, "lake/chunks-*/data/*.lance")
    data = file.read_bytes()
    assert b"30 days" in data
    file.write_bytes(data.replace(b"30 days", b"90 days"))
    line = one_line(holdfast(capsys, root, "ask", QUESTION))
    assert "does not match its checksum" in line


@pytest.mark.parametrize("how", ["gone", *DAMAGE])
def test_lost_chunks_are_no_answer_without_passages(
    root: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Lance opens the version before a manifest it lost: an empty table."""
    before = holdfast(capsys, root, "ask", QUESTION).out
    file = one(root, "lake/chunks-*/_versions/*.manifest")
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(DAMAGE[how](file.read_bytes()))
    line = one_line(holdfast(capsys, root, "ask", QUESTION))
    assert "3 live documents have no chunks" in line or "is damaged" in line
    if "run 'holdfast ingest'" in line:
        assert holdfast(capsys, root, "ingest").code == 0
        assert holdfast(capsys, root, "ask", QUESTION).out.splitlines()[0] == before.splitlines()[0]


def test_a_lost_index_is_built_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(home(root) / "lake/index", ignore_errors=True)
    assert holdfast(capsys, root, "ask", QUESTION).code == 0


def test_a_damaged_document_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = one(root, "lake/documents.lance/data/*.lance")
    data = file.read_bytes()
    assert b"within 30 days" in data
    file.write_bytes(data.replace(b"within 30 days", b"within 90 days"))
    line = one_line(holdfast(capsys, root, "show", "returns.md"))
    assert "does not match its digest" in line


def test_a_flipped_letter_in_the_ledger_is_found(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home(root) / "ledger.db"
    data = file.read_bytes()
    assert data.count(b'"title":"Returns"') == 1
    file.write_bytes(data.replace(b'"title":"Returns"', b'"title":"Returnz"'))
    for command in ("documents", "log"):
        line = one_line(holdfast(capsys, root, command))
        assert "does not match its digest; restore the ledger from a backup" in line
