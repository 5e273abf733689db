"""Small immutable objects by digest: components, manifests, prompts, centroids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Blobs(Protocol):
    """Content-addressed bytes."""

    def put(self, data: bytes) -> str:
        """Store bytes durably (fsync) and return their sha256; storing twice is harmless."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes. Raises ``NotFoundError``, or ``CorruptionError`` if they do not match."""
        ...

    def digests(self, *, idle: float = 0) -> Iterator[str]:
        """Every digest that is there and was not put for ``idle`` seconds."""
        ...

    def drop(self, digest: str, *, idle: float = 0) -> int:
        """Remove an object for good; returns the bytes freed.

        0 if it was not there, or was put in the last ``idle`` seconds.
        """
        ...
