"""Frequencies of two samples over common bins: quantiles of the reference, or categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.statistics import require
from holdfast.statistics.distribution import contingency
from holdfast.statistics.require import Floats

__all__ = ["Shares", "shares"]


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of each bin in the reference and in the current rows; both sum to 1, none is 0."""

    reference: Floats
    current: Floats
    reference_rows: int
    current_rows: int

    @property
    def bins(self) -> int:
        """Number of bins that hold a row of either sample."""
        return len(self.reference)


def shares(
    reference: ArrayLike | Sequence[Any], current: ArrayLike | Sequence[Any], *, bins: int = 10
) -> Shares:
    """Count both samples over common bins; each bin starts with half a row.

    Numbers fall between the reference's quantiles, or on its values where those are no more than
    ``bins``, with a bin of their own below its minimum and above its maximum. Anything else is a
    category.

    Raises:
        StatisticsError: an empty sample, NaN or infinity, a missing label, fewer than two bins.

    >>> shares(["a", "a", "b"], ["a", "c", "c"]).reference.round(2)
    array([0.56, 0.33, 0.11])
    """
    first, second = np.asarray(reference), np.asarray(current)
    if first.dtype.kind in "iuf" and second.dtype.kind in "iuf":
        table = _binned(
            require.sample(first, "reference"), require.sample(second, "current"), bins=bins
        )
    else:
        table = contingency(list(first), list(second))
    table = table[:, table.sum(axis=0) > 0]
    smooth = table + 0.5
    rows = table.sum(axis=1)
    share = smooth / smooth.sum(axis=1, keepdims=True)
    return Shares(share[0], share[1], int(rows[0]), int(rows[1]))


def _binned(reference: Floats, current: Floats, *, bins: int) -> NDArray[np.int64]:
    edges = np.unique(reference)
    if len(edges) > require.count(bins, "bins", least=2):
        edges = np.unique(np.quantile(reference, np.arange(1, bins + 1) / bins))
    below = np.nextafter(reference.min(), -np.inf)
    edges = np.concatenate([[below], edges])
    return np.stack(
        [
            np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
            for values in (reference, current)
        ]
    )
