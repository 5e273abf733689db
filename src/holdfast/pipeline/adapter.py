"""An embedder that stands in for another one that is gone."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import JsonObject
from holdfast.errors import CorruptionError
from holdfast.ports.embedder import Embedder


class Adapter:
    """Embeds with one embedder and turns the vectors into the space of another, by a linear map.

    ``matrix`` has shape (dimensions here, dimensions there). For questions only: a column keeps
    vectors of its own embedder.
    """

    def __init__(self, embedder: Embedder, matrix: NDArray[np.float32]) -> None:
        self._embedder = embedder
        self._matrix = matrix.astype(np.float64)

    @property
    def identity(self) -> JsonObject:
        return self._embedder.identity

    @property
    def dimensions(self) -> int:
        return int(self._matrix.shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the port says: one product a text, so that a vector does not depend on the others."""
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, vector in zip(rows, self._embedder.embed(texts), strict=True):
            turned = vector.astype(np.float64) @ self._matrix
            row[:] = turned / max(float(np.linalg.norm(turned)), 1e-12)
        return rows


def packed(matrix: NDArray[np.float64]) -> bytes:
    """A map as it is stored.

    >>> unpacked(packed(np.eye(2))).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    data = io.BytesIO()
    np.save(data, matrix.astype("<f4"), allow_pickle=False)
    return data.getvalue()


def unpacked(data: bytes) -> NDArray[np.float32]:
    """The map that was stored. Raises ``CorruptionError``."""
    try:
        matrix = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as e:
        raise CorruptionError(f"the adapter's map cannot be read: {e}") from e
    found: NDArray[np.float32] = matrix
    return found
