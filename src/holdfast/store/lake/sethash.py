"""A hash of a set that grows and shrinks in time proportional to the change.

LtHash: every item is hashed to 1,024 lanes of 16 bits, and lanes are added modulo 2^16. Bellare
and Micciancio, "A New Paradigm for Collision-free Hashing" (Eurocrypt 1997); Lewi, Kim, Maykov
and Weis, "Securing Update Propagation with Homomorphic Hashing" (2019).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

import numpy as np

from holdfast.domain.digest import Json, canonical, digest_bytes
from holdfast.errors import CorruptionError

LANES = 1_024
LANE = np.dtype("<u2")
SIZE = LANES * LANE.itemsize


@dataclass(frozen=True, slots=True)
class SetHash:
    """The state of a set's hash: it depends on the items, never on the order of changes.

    >>> one = SetHash.empty().add(["a.md", "11"]).add(["b.md", "22"])
    >>> other = SetHash.empty().add(["b.md", "22"]).add(["a.md", "11"])
    >>> one.digest == other.digest
    True
    >>> one.remove(["b.md", "22"]) == SetHash.empty().add(["a.md", "11"])
    True
    """

    state: bytes

    @classmethod
    def empty(cls) -> SetHash:
        return cls(bytes(SIZE))

    @classmethod
    def decode(cls, text: str) -> SetHash:
        """Read ``encode``'s base64. Raises ``CorruptionError``."""
        try:
            state = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as e:
            raise CorruptionError(f"set hash {text[:20]!r}… is not base64; check the ledger") from e
        if len(state) != SIZE:
            raise CorruptionError(
                f"set hash has {len(state)!r} bytes, not {SIZE}; check the ledger"
            )
        return cls(state)

    def encode(self) -> str:
        return base64.b64encode(self.state).decode("ascii")

    def add(self, item: Json) -> SetHash:
        return SetHash((self._lanes() + _lanes(item)).tobytes())

    def remove(self, item: Json) -> SetHash:
        return SetHash((self._lanes() - _lanes(item)).tobytes())

    @property
    def digest(self) -> str:
        """64 hex characters that name the set."""
        return digest_bytes(self.state)

    def _lanes(self) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
        return np.frombuffer(self.state, LANE)


def _lanes(item: Json) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    return np.frombuffer(hashlib.shake_256(canonical(item)).digest(SIZE), LANE)
