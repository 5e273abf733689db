"""What every adapter of the blobs port does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.adapters.files import FileBlobs
from holdfast.adapters.memory.blobs import MemoryBlobs
from holdfast.domain.digest import digest_bytes
from holdfast.errors import NotFoundError
from holdfast.ports.blobs import Blobs


@pytest.fixture(params=["memory", "files"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    make: dict[str, Callable[[], Blobs]] = {
        "memory": MemoryBlobs,
        "files": lambda: FileBlobs(tmp_path / "blobs"),
    }
    return make[request.param]()


def test_what_was_put_comes_back(blobs: Blobs) -> None:
    for data in (b"", b"prompt", bytes(range(256)) * 1000):
        assert blobs.put(data) == digest_bytes(data)
        assert blobs.get(digest_bytes(data)) == data


def test_putting_twice_keeps_one(blobs: Blobs) -> None:
    assert blobs.put(b"a") == blobs.put(b"a")
    assert list(blobs.digests()) == [digest_bytes(b"a")]


def test_digests_are_all_there_are(blobs: Blobs) -> None:
    assert list(blobs.digests()) == []
    put = {blobs.put(b"%d" % i) for i in range(20)}
    assert set(blobs.digests()) == put


def test_a_missing_blob_is_named(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError, match="0000"):
        blobs.get("0" * 64)


def test_drop_frees_the_bytes(blobs: Blobs) -> None:
    digest = blobs.put(b"12345")
    assert blobs.drop(digest) == 5
    assert blobs.drop(digest) == 0
    assert list(blobs.digests()) == []
    with pytest.raises(NotFoundError):
        blobs.get(digest)


def test_what_was_put_since_stays(blobs: Blobs) -> None:
    old = blobs.put(b"old")
    time.sleep(2)
    assert list(blobs.digests(idle=1)) == [old]
    blobs.put(b"old")
    assert list(blobs.digests(idle=1)) == []
    assert blobs.drop(old, idle=1) == 0
    assert blobs.get(old) == b"old"
