"""Embeddings in fewer dimensions, so that distances and covariances can be told from noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.distribution import same_columns
from holdfast.statistics.require import Floats

__all__ = ["project", "thin"]


def project(
    reference: ArrayLike, current: ArrayLike, *, dimensions: int = 32
) -> tuple[Floats, Floats]:
    """Both samples on the leading principal axes of all their rows together.

    The axes are fitted on both, not on the reference alone: then the rows stay exchangeable and
    permutation tests exact. Inputs with no more columns than ``dimensions`` are only centred.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> first, second = project(rng.normal(size=(50, 100)), rng.normal(size=(40, 100)))
    >>> first.shape, second.shape
    ((50, 32), (40, 32))
    """
    a, b = same_columns(reference, current)
    rows = np.concatenate([a, b])
    rows -= rows.mean(axis=0)
    if rows.shape[1] > require.count(dimensions, "dimensions"):
        _, axes = np.linalg.eigh(rows.T @ rows)
        rows = rows @ axes[:, -dimensions:]
    return rows[: len(a)], rows[len(a) :]


def thin(rows: Floats, *, most: int, rng: np.random.Generator) -> Floats:
    """At most ``most`` rows, drawn without replacement; for detectors of quadratic cost."""
    if len(rows) <= require.count(most, "most", least=2):
        return rows
    return rows[np.sort(rng.choice(len(rows), size=most, replace=False))]
