"""Vectors as sign bits: one bit a dimension says on which side of a center a vector lies.

Vectors are moved so that a given center is the origin, and turned at random so that no dimension
weighs more than another; the signs are the code. A question is turned alike and kept in four
bits, so its product with a code is a sum of bit counts: integers, the same on any machine. After
Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for
Approximate Nearest Neighbor Search" (SIGMOD 2024).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

WORD = 64
PLANES = 4
"""Bits that each component of a question is kept in."""
SPREAD = 2.5
"""Root mean squares of a question's components that its bits reach to."""
BLOCK = 4_096
"""Vectors that are turned at once: they stay in the processor's cache."""


class Signs:
    """Codes around a center, ``bits`` long: the dimensions, up to a power of two."""

    def __init__(self, center: NDArray[np.float16]) -> None:
        self._center = center.astype(np.float32)
        self.bits = max(WORD, 1 << (len(center) - 1).bit_length())
        self.words = self.bits // WORD
        self._flips = _flips(self.bits)

    def encode(self, vectors: NDArray[np.floating]) -> Words:
        """The codes of vectors; shape (words, n), so that a word of all codes lies together."""
        codes = np.empty((self.words, len(vectors)), np.uint64)
        for start in range(0, len(vectors), BLOCK):
            turned = self._turned(vectors[start : start + BLOCK])
            codes[:, start : start + BLOCK] = _packed(turned > 0)
        return codes

    def planes(self, question: NDArray[np.float32]) -> Words:
        """A question's bits; shape (planes, words), the signs last.

        Component i of the turned question is about ``sum(2**j * (2 * bit_ij - 1))`` units.
        """
        turned = self._turned(question[np.newaxis])
        unit = SPREAD * np.sqrt(np.square(turned, dtype=np.float64).mean()) / (2**PLANES - 1)
        levels = np.rint((turned / max(unit, 1e-30) + (2**PLANES - 1)) / 2)
        kept = levels.clip(0, 2**PLANES - 1).astype(np.uint8)
        return np.stack(
            [_packed((kept >> plane & 1).astype(bool))[:, 0] for plane in range(PLANES)]
        )

    def _turned(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Centered and turned; shape (bits, n).

        A walk of additions in a fixed order (Walsh and Hadamard's), which no library or thread
        reorders, so a component near zero has the same sign everywhere.
        """
        turned = np.zeros((self.bits, len(vectors)), np.float32)
        turned[: len(self._center)] = vectors.T
        turned[: len(self._center)] -= self._center[:, np.newaxis]
        turned *= self._flips[:, np.newaxis]
        width = 1
        while width < self.bits:
            pairs = turned.reshape(-1, 2, width, len(vectors))
            left, right = pairs[:, 0], pairs[:, 1]
            difference = left - right
            left += right
            right[:] = difference
            width *= 2
        return turned


def _flips(bits: int) -> NDArray[np.float32]:
    """A fixed random sign for each dimension."""
    stream = hashlib.shake_256(b"holdfast signs 1").digest(bits // 8)
    drawn = np.unpackbits(np.frombuffer(stream, np.uint8), bitorder="little")
    return np.where(drawn, np.float32(1), np.float32(-1))


def _packed(bits: NDArray[np.bool_]) -> Words:
    """Shape (bits, n) to (words, n)."""
    octets = np.packbits(bits, axis=0, bitorder="little")
    lanes = octets.reshape(-1, 8, octets.shape[1]).transpose(0, 2, 1)
    return np.ascontiguousarray(lanes).view("<u8")[..., 0].astype(np.uint64, copy=False)
