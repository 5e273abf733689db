"""Centroids that divide vectors into lists: pinned, so that every search divides alike.

Spherical k-means: Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data using
Clustering" (2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Vectors
from holdfast.errors import CorruptionError

KIND = np.dtype("<f2")
BLOCK = 4_096
"""Rows that are compared with all centroids at once."""
NEAR = 1e-5
"""Products that are nearer to each other are compared in double precision: single precision
depends on the order of its sums, and that on the machine and its threads."""
ROUNDS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Centroids:
    """Shape (lists, dimensions), rows of about unit length, exact in 16 bits."""

    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.vectors)

    @classmethod
    def decode(cls, data: bytes, *, dimensions: int) -> Centroids:
        """Read ``encode``'s bytes. Raises ``CorruptionError``."""
        if not data or len(data) % (KIND.itemsize * dimensions):
            raise CorruptionError(
                f"centroids of {len(data)!r} bytes have no {dimensions!r} dimensions; pin new ones"
            )
        return cls(np.frombuffer(data, KIND).astype(np.float32).reshape(-1, dimensions))

    def encode(self) -> bytes:
        """Little-endian half precision, row by row."""
        return self.vectors.astype(KIND).tobytes()

    def assign(self, vectors: Vectors) -> NDArray[np.uint16]:
        """The list of each row: that of the nearest centroid, of equals the first."""
        found = np.empty(len(vectors), np.uint16)
        for start in range(0, len(vectors), BLOCK):
            block = vectors[start : start + BLOCK].astype(np.float32)
            products = block @ self.vectors.T
            nearest = products.argmax(axis=1)
            top = products[np.arange(len(block)), nearest]
            close = products >= (top - NEAR)[:, np.newaxis]
            for row in np.flatnonzero(np.count_nonzero(close, axis=1) > 1).tolist():
                nearest[row] = self._first(block[row], np.flatnonzero(close[row]))
            found[start : start + BLOCK] = nearest
        return found

    def probe(self, question: NDArray[np.float32], *, lists: int) -> NDArray[np.int64]:
        """The ``lists`` lists nearest to a question, ascending."""
        if lists >= len(self):
            return np.arange(len(self))
        products = self.vectors @ question
        edge = np.partition(products, len(self) - lists)[len(self) - lists]
        sure = np.flatnonzero(products > edge + NEAR)
        close = np.flatnonzero(np.abs(products - edge) <= NEAR)
        order = np.lexsort((close, -self._exact(question, close)))
        return np.sort(np.concatenate([sure, close[order[: lists - len(sure)]]]))

    def _first(self, vector: NDArray[np.float32], lists: NDArray[np.int64]) -> int:
        return int(lists[self._exact(vector, lists).argmax()])

    def _exact(self, vector: NDArray[np.float32], lists: NDArray[np.int64]) -> NDArray[np.float64]:
        chosen = self.vectors[lists].astype(np.float64)
        found: NDArray[np.float64] = (chosen * vector.astype(np.float64)).sum(axis=1)
        return found.round(12)


def train(sample: Vectors, *, lists: int, seed: int = 0) -> Centroids:
    """Centroids of a sample; the same sample and seed give the same ones on any machine.

    >>> sample = np.repeat(np.eye(3, dtype=np.float16), 5, axis=0)
    >>> train(sample, lists=3).vectors.sum(axis=0).tolist()
    [1.0, 1.0, 1.0]
    """
    lists = min(lists, len(sample))
    start = np.random.default_rng(seed).permutation(len(sample))[:lists]
    centroids = _rounded(sample[np.sort(start)].astype(np.float64))
    for _ in range(ROUNDS):
        found = centroids.assign(sample)
        sums, sizes = _sums(sample, found, lists=lists)
        empty = np.flatnonzero(sizes == 0)
        if len(empty):
            sums[empty] = _farthest(sample, found, centroids, count=len(empty))
        centroids = _rounded(sums)
    return centroids


def _sums(
    sample: Vectors, found: NDArray[np.uint16], *, lists: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The sum of each list's rows, added in their order, and how many there are."""
    order = np.argsort(found, kind="stable")
    sizes = np.bincount(found, minlength=lists)
    filled = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[filled]
    sums = np.zeros((lists, sample.shape[1]))
    sums[filled] = np.add.reduceat(sample[order].astype(np.float64), starts, axis=0)
    return sums, sizes


def _farthest(
    sample: Vectors, found: NDArray[np.uint16], centroids: Centroids, *, count: int
) -> NDArray[np.float64]:
    """The rows that fit their list worst: each starts an empty one."""
    rows = sample.astype(np.float64)
    fit = (rows * centroids.vectors[found]).sum(axis=1).round(9)
    worst = np.lexsort((np.arange(len(rows)), fit))[:count]
    return rows[worst]


def _rounded(sums: NDArray[np.float64]) -> Centroids:
    lengths = np.sqrt(np.square(sums).sum(axis=1, keepdims=True))
    unit = sums / np.where(lengths > 0, lengths, 1.0)
    return Centroids(unit.astype(KIND).astype(np.float32))
