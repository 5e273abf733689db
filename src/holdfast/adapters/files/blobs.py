"""Blobs as files: ``sha256/ab/abcd…``, each written once."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.adapters.files.translate import translate
from holdfast.domain.digest import digest_bytes
from holdfast.errors import CorruptionError, NotFoundError, UsageError

DIGEST = re.compile(r"[0-9a-f]{64}")
FORSAKEN = 3600.0
"""Seconds after which nobody is still writing a file: its writer was killed."""


class FileBlobs:
    """Blobs in a folder.

    A blob is written to a temporary name, synced, renamed and its folder synced, so it is there
    whole or not at all. ``put`` of a blob that is there renews its time; a lock keeps ``drop``
    from removing what another process is putting at that moment.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     blobs = FileBlobs(Path(folder))
    ...     blobs.get(blobs.put(b"a prompt"))
    b'a prompt'
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "sha256"
        self._new = folder / "new"

    def put(self, data: bytes) -> str:
        digest = digest_bytes(data)
        path = self._path(digest)
        with translate(self._folder), self._lock(fcntl.LOCK_SH):
            if path.exists():
                os.utime(path)
            else:
                self._write(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        path = self._path(digest)
        try:
            with translate(path):
                data = path.read_bytes()
        except FileNotFoundError as e:
            raise NotFoundError(f"no blob {digest!r}; was it dropped by a clean-up?") from e
        if digest_bytes(data) != digest:
            raise CorruptionError(
                f"blob {digest!r} does not match its digest; restore {str(path)!r} from a backup"
            )
        return data

    def digests(self, *, idle: float = 0) -> Iterator[str]:
        for path in sorted(self._root.glob("??/*")):
            if DIGEST.fullmatch(path.name) and _idle(path, idle):
                yield path.name

    def drop(self, digest: str, *, idle: float = 0) -> int:
        path = self._path(digest)
        with translate(self._folder), self._lock(fcntl.LOCK_EX):
            if not _idle(path, idle):
                return 0
            size = path.stat().st_size
            path.unlink()
            _sync(path.parent)
        return size

    def _path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise UsageError(f"{digest!r} is no sha256 digest; give 64 lower-case hex characters")
        return self._root / digest[:2] / digest

    def _write(self, path: Path, data: bytes) -> None:
        _make(path.parent)
        _make(self._new)
        for left in self._new.iterdir():
            if _idle(left, FORSAKEN):
                left.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=self._new)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(path.parent)

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        _make(self._root)
        with (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, kind)
            yield


def _idle(path: Path, seconds: float) -> bool:
    """Whether the file is there and was not put for that long."""
    try:
        put = path.stat().st_mtime
    except FileNotFoundError:
        return False
    return not seconds or time.time() - put >= seconds


def _make(folder: Path) -> None:
    """Create a folder and those above it, each entry durable."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
