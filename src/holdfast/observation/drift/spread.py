"""Which decisions of a long stretch are looked at: runs of neighbours, evenly over all of it."""

from __future__ import annotations

import numpy as np

from holdfast.statistics.require import Ints

__all__ = ["spread"]

MOST = 10_000
"""Decisions of a reference that are looked at."""
RUN = 50
"""Neighbours that are taken together: a window is of neighbours too, and they may be alike."""


def spread(rows: int, *, most: int | None = None) -> Ints:
    """Places of rows to look at, ascending: all of them, or runs of about ``most`` together.

    >>> spread(4).tolist(), spread(1_000_000, most=150).reshape(-1, 50)[:, 0].tolist()
    ([0, 1, 2, 3], [0, 499975, 999950])
    """
    limit = MOST if most is None else most
    if rows <= limit:
        return np.arange(rows)
    runs = max(limit // RUN, 2)
    first: Ints = np.arange(runs) * (rows - RUN) // (runs - 1)
    return (first[:, None] + np.arange(RUN)).ravel()
