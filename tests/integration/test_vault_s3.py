"""A vault in a bucket: what Object Lock holds, nobody takes away; what it does not, is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

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
