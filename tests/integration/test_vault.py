"""The vault: it outlives the project, and one flipped byte or a stranger's seal is refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.adapters.files import FileVault
from holdfast.bootstrap import open_project, open_vault
from holdfast.errors import CorruptionError, StateError, StorageError, StorageFullError, UsageError
from holdfast.operations import vault as room
from holdfast.operations.erase.erase import Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.verify.rebuild import rebuild
from holdfast.settings import Settings, load, rewrite
from holdfast.store.ledger import chain
from holdfast.store.vault import sign
from holdfast.store.vault.bundle import Bundle
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import started

QUESTION = "How long may I return something?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with answers, a dataset and its own key and vault outside of it."""
    with started(tmp_path / "project") as project:
        first = project.ask(QUESTION, session="one")
        project.feedback(first.id, "up")
        project.datasets.add(first.id, to="golden")
        vault = {"path": str(tmp_path / "vault"), "key": str(tmp_path / "keys" / "vault.pem")}
        rewrite(project.root, {"vault": vault})
    return tmp_path / "project"


def sealed(root: Path, name: str = "launch") -> room.Sealed:
    with open_project(root) as project:
        vault = open_vault(project.settings)
        return room.seal(project.system, "production", name=name, vault=vault)


def keys(root: Path) -> frozenset[str]:
    return room.trusted(load(root))


def writable(folder: Path) -> None:
    """Take the convention away, as whoever owns the folder can."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_it_restores_after_the_project_is_gone(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_project(root) as project:
        before = project.ask(QUESTION, session="two")
        whole = {
            part.part: part.recorded for part in rebuild(project.system, "production").compared
        }
        (version,) = project.datasets.newest()
        release = project.deployed()
    one = sealed(root)
    with open_project(root) as project:
        project.remove([project.documents()[0]["path"]])
    shutil.rmtree(root)
    shutil.rmtree(tmp_path / "keys")
    vault = str(tmp_path / "vault")
    there = tmp_path / "again"
    words = ["vault", "restore", "launch", "--to", str(there), "--vault", vault]
    assert "whom you do not trust" in one_line(holdfast(capsys, tmp_path, *words))
    assert not there.exists()
    assert holdfast(capsys, tmp_path, *words, "--trust", one.signer).code == 0
    with open_project(there) as project:
        again = rebuild(project.system, "production")
        assert again.identical
        assert {part.part: part.recorded for part in again.compared} == whole
        assert project.deployed() == release
        (restored,) = project.datasets.newest()
        assert (restored.name, restored.digest) == (version.name, version.digest)
        assert project.ask(QUESTION, session="three").answer == before.answer
        assert project.deploy(dry_run=True).release == release, "the folder makes it too"
    assert holdfast(capsys, there, "verify").code == 0


def flipped(folder: Path, name: str) -> Path:
    """Flip one bit of a file of the bundle."""
    writable(folder)
    path = folder / name
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return path


def test_each_flipped_byte_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(sealed(root).where)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert len(names) > 15
    for name in names:
        if name == "oci-layout":
            continue
        copy = folder.with_name("copy")
        shutil.copytree(folder, copy)
        flipped(copy, name)
        try:
            damage = room.check(FileVault(folder.parent), "copy", keys=keys(root)).damage
        except CorruptionError as e:
            damage = (str(e),)
        assert any(Path(name).name in line for line in damage), (name, damage)
        with pytest.raises(CorruptionError):
            room.opened(FileVault(folder.parent), "copy", keys=keys(root))
        shutil.rmtree(copy)
    assert holdfast(capsys, root, "vault", "check", "launch").code == 0


def test_a_bundle_of_a_stranger_is_refused(root: Path, tmp_path: Path) -> None:
    mine = sealed(root)
    rewrite(root, {"vault": {"key": str(tmp_path / "stranger.pem")}})
    theirs = sealed(root, "theirs")
    assert theirs.signer != mine.signer
    only = frozenset([mine.signer])
    with pytest.raises(UsageError, match="whom you do not trust"):
        room.opened(FileVault(tmp_path / "vault"), "theirs", keys=only)
    listed = dict(room.listed(FileVault(tmp_path / "vault"), keys=only))
    assert isinstance(listed["launch"], room.Sealed)
    assert "do not trust" in str(listed["theirs"])


def test_a_signature_is_not_taken_for_another_bundle(root: Path, tmp_path: Path) -> None:
    one = Path(sealed(root).where)
    with open_project(root) as project:
        project.ask("What does express delivery cost?")
    other = Path(sealed(root, "other").where)
    writable(one)
    shutil.copytree(other / "blobs", one / "blobs", dirs_exist_ok=True)
    first, second = ((folder / "index.json").read_bytes() for folder in (one, other))
    mixed = first.split(b"},{")[0] + b"},{" + second.split(b"},{", 1)[1]
    (one / "index.json").write_bytes(mixed)
    with pytest.raises(CorruptionError, match="about another bundle"):
        Bundle(FileVault(one.parent), one.name, trusted=keys(root))


def test_a_bundle_is_written_once_and_read_only(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = holdfast(capsys, root, "vault", "seal", "launch")
    assert (said.code, "a convention" in said.out) == (0, True)
    line = one_line(holdfast(capsys, root, "vault", "seal", "launch"))
    assert "is sealed already" in line
    folder = Path(load(root).vault.path) / "launch"
    assert not any(path.stat().st_mode & 0o222 for path in [folder, *folder.rglob("*")])
    key = Path(load(root).vault.key)
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [(28, StorageFullError, "no space left"), (30, StorageError, "read-only")],
)
def test_a_disk_that_refuses_leaves_nothing(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
    said: str,
) -> None:
    real: Callable[[int], None] = os.fsync
    count = 0

    def refusing(handle: int) -> None:
        nonlocal count
        count += 1
        if count > 8 and "vault" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", refusing)
    with pytest.raises(kind, match=said):
        sealed(root)
    monkeypatch.undo()
    assert list(Path(load(root).vault.path).iterdir()) == []
    assert sealed(root).name == "launch"


def test_restoring_over_state_is_refused(root: Path, tmp_path: Path) -> None:
    sealed(root)
    bundle = room.opened(FileVault(tmp_path / "vault"), "launch", keys=keys(root))
    with pytest.raises(UsageError, match="is not empty"):
        room.unpack(bundle, root)
    with open_project(root) as project, pytest.raises(StateError, match="holds state already"):
        room.restore(project.system, "production", bundle=bundle, progress=lambda *_: None)


def test_a_key_file_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    assert sign.load(file) is None
    file.write_text("nonsense")
    with pytest.raises(Exception, match="holds no Ed25519 key"):
        sign.load(file)
    assert room.trusted(Settings(), more=("ed25519:a",)) >= {"ed25519:a"}


def test_what_was_erased_is_not_sealed(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_project(root) as project:
        Erasures(project.system).erase(Subject.of(session="one"))
    one = sealed(root)
    files = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert [path for path in files if QUESTION.encode() in path.read_bytes()] == []
    words = ["vault", "restore", "launch", "--to", str(tmp_path / "again")]
    words += ["--vault", str(tmp_path / "vault"), "--trust", one.signer]
    assert holdfast(capsys, tmp_path, *words).code == 0
    with open_project(tmp_path / "again") as project:
        assert project.entries("erasures") == []
        assert [entry.value["answer"] for entry in project.entries("decisions")] == ["[erased]"]
        assert chain.verify(project.system.ledger).erased == 0
