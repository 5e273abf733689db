"""Small numbers for documents, so that sets of them are arrays."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Numbers:
    """Raw document digest <-> a number from 0, given in the order of first mention.

    >>> numbers = Numbers()
    >>> numbers.of([b"a" * 32, b"b" * 32, b"a" * 32]).tolist()
    [0, 1, 0]
    >>> numbers.digest(1) == (b"b" * 32).hex()
    True
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._digests: list[bytes] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._digests)

    def of(self, digests: Iterable[bytes]) -> NDArray[np.int32]:
        """The numbers of raw digests; new ones are numbered."""
        with self._lock:
            asked = list(digests)
            numbers = list(map(self._numbers.get, asked))
            if None in numbers:
                numbers = list(map(self._number, asked))
        return np.array(numbers, np.int32)

    def find(self, digest: str) -> int | None:
        """The number of a hex digest, if it was ever mentioned."""
        return self._numbers.get(bytes.fromhex(digest))

    def digest(self, number: int) -> str:
        return self._digests[number].hex()

    def raw(self, numbers: NDArray[np.int32]) -> list[bytes]:
        """The raw digests of numbers."""
        return [self._digests[number] for number in numbers.tolist()]

    def _number(self, digest: bytes) -> int:
        number = self._numbers.setdefault(digest, len(self._digests))
        if number == len(self._digests):
            self._digests.append(digest)
        return number
