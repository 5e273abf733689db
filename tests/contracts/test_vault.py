"""What every adapter of the vault port does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.files import FileVault
from holdfast.adapters.memory.vault import MemoryVault
from holdfast.adapters.s3 import S3Vault
from holdfast.errors import NotFoundError, UsageError
from holdfast.ports.vault import Vault
from tests.support.s3 import bucket, storage


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with storage() as client:
        yield client


@pytest.fixture(params=["memory", "files", "s3", "s3 with a prefix"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    make: dict[str, Callable[[], Vault]] = {
        "memory": MemoryVault,
        "files": lambda: FileVault(tmp_path / "vault"),
        "s3": lambda: S3Vault(_bucket(request, lock=False)),
        "s3 with a prefix": lambda: S3Vault(f"{_bucket(request, lock=True)}/shop/vault/"),
    }
    return make[request.param]()


def _bucket(request: pytest.FixtureRequest, *, lock: bool) -> str:
    return f"s3://{bucket(request.getfixturevalue('s3'), lock=lock)}"


def write(vault: Vault, name: str, **files: bytes) -> None:
    with vault.draft(name) as draft:
        for path, data in files.items():
            draft.put(f"blobs/{path}", data)
        draft.finish("index.json", name.encode())


def test_what_was_written_comes_back(vault: Vault) -> None:
    write(vault, "launch", a=b"", b=bytes(range(256)) * 100)
    assert vault.files("launch") == ["blobs/a", "blobs/b", "index.json"]
    assert vault.read("launch", "blobs/b") == bytes(range(256)) * 100
    assert (vault.read("launch", "blobs/a"), vault.read("launch", "index.json")) == (b"", b"launch")
    assert vault.lock("launch") == ""


def test_a_draft_is_read_back_before_it_is_finished(vault: Vault) -> None:
    with vault.draft("launch") as draft:
        draft.put("blobs/a", b"1")
        draft.put("blobs/b", b"")
        assert (draft.read("blobs/a"), draft.read("blobs/b")) == (b"1", b"")


def test_names_are_all_there_are(vault: Vault) -> None:
    for name in ("b", "a", "a.b"):
        write(vault, name, x=b"1")
    assert vault.names() == ["a", "a.b", "b"]


def test_a_bundle_is_written_once(vault: Vault) -> None:
    write(vault, "launch", a=b"1")
    with pytest.raises(UsageError, match=r"launch.*is sealed already"):
        write(vault, "launch", a=b"2")
    assert vault.read("launch", "blobs/a") == b"1"


def test_what_is_not_finished_is_not_there(vault: Vault) -> None:
    write(vault, "other", a=b"1")
    with vault.draft("launch") as draft:
        draft.put("blobs/a", b"half")
    assert vault.names() == ["other"]
    with pytest.raises(NotFoundError, match="launch"):
        vault.files("launch")
    write(vault, "launch", a=b"whole")
    assert vault.read("launch", "blobs/a") == b"whole"


def test_what_is_missing_is_named(vault: Vault) -> None:
    write(vault, "launch", a=b"1")
    for ask in (vault.files, vault.lock, lambda name: vault.read(name, "index.json")):
        with pytest.raises(NotFoundError, match="noon"):
            ask("noon")
    with pytest.raises(NotFoundError, match="blobs/b"):
        vault.read("launch", "blobs/b")
