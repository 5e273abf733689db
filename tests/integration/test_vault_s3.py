"""A vault in a bucket: what Object Lock holds, nobody takes away; what it does not, is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import S3Backend

from holdfast.bootstrap import open_project, open_vault
from holdfast.errors import NotFoundError, SettingsError, StorageError
from holdfast.operations import vault as room
from holdfast.settings import load, rewrite
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import started
from tests.support.s3 import bucket, storage

QUESTION = "How long may I return something?"


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with storage() as client:
        yield client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with started(tmp_path / "project") as project:
        project.ask(QUESTION)
        rewrite(project.root, {"vault": {"key": str(tmp_path / "keys" / "vault.pem")}})
    return tmp_path / "project"


def sealed(root: Path, name: str = "launch") -> room.Sealed:
    with open_project(root) as project:
        vault = open_vault(project.settings)
        return room.seal(project.system, "production", name=name, vault=vault)


def test_a_locked_bundle_outlives_project_overwriting_and_deletion(
    s3: Any, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = bucket(s3, lock=True)
    rewrite(root, {"vault": {"path": f"s3://{name}/shop", "lock_days": 30}})
    said = holdfast(capsys, root, "vault", "seal", "launch")
    assert (said.code, "locked compliance until" in said.out) == (0, True)
    assert "convention" not in said.out
    key = room.trusted(load(root))
    shutil.rmtree(root)

    versions = s3.list_object_versions(Bucket=name)["Versions"]
    assert len(versions) > 15
    for one in versions:
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
        s3.put_object(Bucket=name, Key=one["Key"], Body=b"forged")
        s3.delete_object(Bucket=name, Key=one["Key"])
    until = datetime.now(UTC) + timedelta(days=29)
    for one in versions:
        held = s3.head_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
        assert held["ObjectLockRetainUntilDate"] > until

    place = ["--vault", f"s3://{name}/shop", "--trust", next(iter(key))]
    assert holdfast(capsys, tmp_path, "vault", "check", "launch", *place).code == 0
    to = ["--to", str(tmp_path / "again")]
    assert holdfast(capsys, tmp_path, "vault", "restore", "launch", *to, *place).code == 0
    with open_project(tmp_path / "again") as project:
        assert [entry.value["question"] for entry in project.entries("decisions")] == [QUESTION]


def test_without_object_lock_it_is_called_a_convention(
    s3: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = bucket(s3, lock=False)
    rewrite(root, {"vault": {"path": f"s3://{name}"}})
    said = holdfast(capsys, root, "vault", "seal", "launch")
    assert (said.code, "a convention" in said.out) == (0, True)
    key = next(k for k in s3.list_objects_v2(Bucket=name)["Contents"] if "blobs" in k["Key"])["Key"]
    s3.put_object(Bucket=name, Key=key, Body=b"forged")
    found = holdfast(capsys, root, "vault", "check", "launch")
    assert (found.code, key in found.out) == (1, True)


def test_a_lock_that_the_bucket_cannot_give_seals_nothing(s3: Any, root: Path) -> None:
    name = bucket(s3, lock=False)
    rewrite(root, {"vault": {"path": f"s3://{name}", "lock_days": 30}})
    with pytest.raises(StorageError, match=r"refuses.*nothing was sealed"):
        sealed(root)
    assert open_vault(load(root)).names() == []
    assert s3.list_objects_v2(Bucket=name).get("Contents", []) == []


def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the many stores that keep no checksum of their own."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")


def short(data: bytes) -> bytes:
    return data[:-1]


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("part", ["blobs/sha256/", "oci-layout", "index.json"])
@pytest.mark.parametrize(("damage", "lock"), [(short, False), (flipped, True)])
def test_what_does_not_arrive_as_it_was_sent_is_not_sealed(
    s3: Any,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
    part: str,
    *,
    lock: bool,
) -> None:
    name = bucket(s3, lock=lock)
    rewrite(root, {"vault": {"path": f"s3://{name}/shop"}})
    said = "as it was sent" if damage is short else "Expected checksum.*"
    if damage is short:
        unchecked(monkeypatch)
    real = S3Backend.put_object
    hit: list[str] = []

    def damaging(backend: S3Backend, to: str, key: str, value: bytes, **more: Any) -> Any:
        if part in key and not hit:
            hit.append(key)
            value = damage(value)
        return real(backend, to, key, value, **more)

    monkeypatch.setattr(S3Backend, "put_object", damaging)
    with pytest.raises(StorageError, match=f"{part}.*{said}; nothing was sealed"):
        sealed(root)
    monkeypatch.undo()
    assert len(hit) == 1
    assert open_vault(load(root)).names() == []
    assert s3.list_object_versions(Bucket=name).get("Versions", []) == []
    one = sealed(root)
    checked = room.check(open_vault(load(root)), "launch", keys=frozenset([one.signer]))
    assert checked.damage == ()


def test_a_damaged_index_that_the_bucket_keeps_is_no_bundle(
    s3: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bucket(s3, lock=True)
    rewrite(root, {"vault": {"path": f"s3://{name}", "lock_days": 30}})
    unchecked(monkeypatch)
    real = S3Backend.put_object

    def damaging(backend: S3Backend, to: str, key: str, value: bytes, **more: Any) -> Any:
        if key.endswith("index.json"):
            value = short(value)
        return real(backend, to, key, value, **more)

    monkeypatch.setattr(S3Backend, "put_object", damaging)
    with pytest.raises(StorageError, match=r"index\.json.*another name"):
        sealed(root)
    monkeypatch.undo()
    keys = frozenset(room.trusted(load(root)))
    ((_, said),) = room.listed(open_vault(load(root)), keys=keys)
    assert "is not the index of a bundle" in str(said)
    assert sealed(root, "launch-2").name == "launch-2"


def test_a_bucket_that_is_not_there_is_named(
    root: Path, s3: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(root, {"vault": {"path": "s3://nobody-has-it"}})
    with pytest.raises(NotFoundError, match="no bucket 'nobody-has-it'"):
        sealed(root)
    line = one_line(holdfast(capsys, root, "vault", "list"))
    assert "no bucket 'nobody-has-it'" in line


def test_a_server_that_is_not_there_is_one_clear_line(
    root: Path, s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    line = one_line(holdfast(capsys, root, "vault", "list", "--vault", "s3://vault"))
    assert "cannot reach 's3://vault'" in line


def test_a_folder_cannot_lock(root: Path, tmp_path: Path) -> None:
    rewrite(root, {"vault": {"path": str(tmp_path / "vault"), "lock_days": 30}})
    with pytest.raises(SettingsError, match=r"lock_days = 30.*is a folder"):
        open_vault(load(root))
    with pytest.raises(SettingsError, match="no bucket"):
        open_vault(load(root), "s3://")
