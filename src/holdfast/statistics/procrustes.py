"""The rotation that brings one set of points closest to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError


def procrustes(points: ArrayLike, onto: ArrayLike) -> NDArray[np.float64]:
    """The matrix with orthonormal rows or columns that takes ``points`` nearest to ``onto``.

    Orthogonal Procrustes in closed form: with ``U S V' = points' onto``, the map is ``U V'``
    (P. H. Schonemann 1966, Psychometrika 31, 1-10). It has no parameter to choose, and as it only
    turns, hundreds of pairs do for hundreds of dimensions, where least squares would need many
    times as many.

    Args:
        points: shape (n, d), a point a row.
        onto: shape (n, e), the same points in the other space.

    Returns:
        Shape (d, e); ``points @ map`` lies in the other space.

    Raises:
        StatisticsError: no pairs, unequal numbers of them, or a number that is not finite.

    >>> turned = procrustes([[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [-2.0, 0.0]])
    >>> (turned.round(3) + 0.0).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    left, right = np.asarray(points, np.float64), np.asarray(onto, np.float64)
    tables = left.ndim == right.ndim == 2  # noqa: PLR2004 - rows and columns
    if not (tables and len(left) == len(right) > 0):
        raise StatisticsError(
            f"points of shape {left.shape} and {right.shape} are no pairs; pass a row for each of "
            "both"
        )
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise StatisticsError("a point is not finite; leave it out")
    u, _, v = np.linalg.svd(left.T @ right, full_matrices=False)
    turned: NDArray[np.float64] = u @ v
    return turned
