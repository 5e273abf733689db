"""A vault in a folder: each bundle a folder of its own, read-only once it is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EROFS
from pathlib import Path

from holdfast.adapters.files.translate import FULL
from holdfast.errors import NotFoundError, StorageError, StorageFullError, UsageError

FILE, FOLDER = 0o444, 0o555


class FileVault:
    """Bundles in a folder, on another disk or share at best.

    A bundle is written beside its place, synced, made read-only and moved there whole. Whoever owns
    the folder can change that: read-only is a convention here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def where(self) -> str:
        return str(self._folder)

    def names(self) -> list[str]:
        if not self._folder.is_dir():
            raise NotFoundError(f"no vault at {self.where!r}; 'holdfast vault seal' makes one")
        folders = (path for path in self._folder.iterdir() if path.is_dir())
        return sorted(path.name for path in folders if not path.name.startswith("."))

    @contextmanager
    def draft(self, name: str) -> Iterator[_Draft]:
        folder = self._folder / name
        if folder.exists():
            raise UsageError(f"{str(folder)!r} is sealed already; a bundle is written once")
        new = folder.with_name(f".{name}.{os.getpid()}.new")
        try:
            with _translated(folder):
                new.mkdir(parents=True)
            yield _Draft(folder, new)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def files(self, name: str) -> list[str]:
        folder = self._of(name)
        found = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(folder).as_posix() for path in found)

    def read(self, name: str, path: str) -> bytes:
        file = self._of(name) / path
        try:
            return file.read_bytes()
        except FileNotFoundError as e:
            raise NotFoundError(f"no file {str(file)!r}") from e
        except OSError as e:
            raise StorageError(f"cannot read {str(file)!r}: {e.strerror}; see to the disk") from e

    def lock(self, name: str) -> str:
        self._of(name)
        return ""

    def _of(self, name: str) -> Path:
        folder = self._folder / name
        if not folder.is_dir():
            raise NotFoundError(
                f"no bundle {name!r} in {self.where!r}; 'holdfast vault list' shows all"
            )
        return folder


class _Draft:
    def __init__(self, folder: Path, new: Path) -> None:
        self._folder, self._new = folder, new

    def put(self, path: str, data: bytes) -> None:
        file = self._new / path
        with _translated(self._folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())

    def read(self, path: str) -> bytes:
        with _translated(self._folder):
            return (self._new / path).read_bytes()

    def finish(self, path: str, data: bytes) -> None:
        self.put(path, data)
        if self.read(path) != data:
            raise StorageError(
                f"{path!r} of {str(self._folder)!r} does not read back as it was written; nothing "
                "was sealed: see to the disk and seal again"
            )
        with _translated(self._folder):
            for file in sorted(self._new.rglob("*"), reverse=True):
                file.chmod(FOLDER if file.is_dir() else FILE)
            self._new.rename(self._folder)
            self._folder.chmod(FOLDER)
            handle = os.open(self._folder.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    where = str(folder)
    try:
        yield
    except OSError as e:
        if e.errno in FULL:
            raise StorageFullError(
                f"no space left to seal {where!r}; nothing was sealed: free some and seal again"
            ) from e
        reason = "the file system is read-only" if e.errno == EROFS else e.strerror
        raise StorageError(
            f"cannot seal {where!r}: {reason}; nothing was sealed: see to the folder, or give "
            "another one in vault.path"
        ) from e
