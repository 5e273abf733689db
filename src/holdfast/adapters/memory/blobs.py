"""Blobs in a dict."""

from __future__ import annotations

import time
from collections.abc import Iterator

from holdfast.domain.digest import digest_bytes
from holdfast.errors import CorruptionError, NotFoundError


class MemoryBlobs:
    """Blobs that live as long as the process.

    >>> blobs = MemoryBlobs()
    >>> blobs.get(blobs.put(b"a prompt"))
    b'a prompt'
    """

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}
        self._put: dict[str, float] = {}

    def put(self, data: bytes) -> str:
        digest = digest_bytes(data)
        self._put[digest] = time.time()
        self._data.setdefault(digest, bytes(data))
        return digest

    def get(self, digest: str) -> bytes:
        try:
            data = self._data[digest]
        except KeyError as e:
            raise NotFoundError(f"no blob {digest!r}; was it dropped by a clean-up?") from e
        if digest_bytes(data) != digest:
            raise CorruptionError(f"blob {digest!r} does not match its digest; put it again")
        return data

    def digests(self, *, idle: float = 0) -> Iterator[str]:
        for digest in sorted(self._data):
            if time.time() - self._put[digest] >= idle:
                yield digest

    def drop(self, digest: str, *, idle: float = 0) -> int:
        if digest not in self._data or time.time() - self._put[digest] < idle:
            return 0
        del self._put[digest]
        return len(self._data.pop(digest))
