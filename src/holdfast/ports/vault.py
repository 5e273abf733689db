"""A place for sealed bundles: written once, kept apart from the project."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Draft(Protocol):
    """A bundle on its way. Raises ``StorageError`` when the place refuses."""

    def put(self, path: str, data: bytes) -> None:
        """Write a file of the bundle, durably. Putting the same bytes twice is harmless."""
        ...

    def read(self, path: str) -> bytes:
        """A file that was put, from the place itself: what arrived there."""
        ...

    def finish(self, path: str, data: bytes) -> None:
        """Write the last file, durably: from now on the bundle is there, and stays as it is.

        Raises ``StorageError`` when the file does not read back as it is; no bundle is there then.
        """
        ...


class Vault(Protocol):
    """Bundles by name. Paths within one are relative, with ``/``."""

    @property
    def where(self) -> str:
        """Where it is, as people write it."""
        ...

    def names(self) -> list[str]:
        """Every finished bundle, sorted. Raises ``NotFoundError`` when the place is not there."""
        ...

    def draft(self, name: str) -> AbstractContextManager[Draft]:
        """Begin a bundle; what is not finished when the block ends is not there.

        Raises ``UsageError`` for a name that is taken, ``StorageError``, ``StorageFullError``.
        """
        ...

    def files(self, name: str) -> list[str]:
        """Paths of all files of a bundle, sorted. Raises ``NotFoundError``."""
        ...

    def read(self, name: str, path: str) -> bytes:
        """A file as it was first written. Raises ``NotFoundError``, ``StorageError``."""
        ...

    def lock(self, name: str) -> str:
        """What keeps a bundle from being changed, as the place tells it; empty: a convention.

        ``compliance until 2027-11-27T12:00:00+00:00``, in S3's words.
        """
        ...
