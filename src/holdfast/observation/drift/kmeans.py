"""Points grouped by k-means."""

from __future__ import annotations

from typing import Any

from holdfast.statistics.require import Floats

__all__ = ["kmeans"]


def kmeans(points: Floats, count: int, *, starts: int, seed: int) -> Any:
    """scikit-learn's ``KMeans``, fitted to rows of points; the best of ``starts`` tries.

    >>> import numpy as np
    >>> labels = kmeans(np.array([[0.0], [0.1], [5.0]]), 2, starts=2, seed=0).labels_
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=starts, random_state=seed).fit(points)
