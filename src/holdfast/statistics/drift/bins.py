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
    numbers: bool

    @property
    def power(self) -> float:
        """How the sum over bins grows with the dependence that blocks hide.

        They hide more of a shift of place than of finer changes of shape, which neighbours forget
        sooner: about half of it counts for numbers, all for labels.
        """
        return 0.5 if self.numbers else 1.0

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
    numbers = first.dtype.kind in "iuf" and second.dtype.kind in "iuf"
    if numbers:
        table = _binned(
            require.sample(first, "reference"), require.sample(second, "current"), bins=bins
        )
    else:
        table = contingency(first, second)
    table = table[:, table.sum(axis=0) > 0]
    smooth = table + 0.5
    rows = table.sum(axis=1)
    share = smooth / smooth.sum(axis=1, keepdims=True)
    return Shares(share[0], share[1], int(rows[0]), int(rows[1]), numbers)


def _binned(reference: Floats, current: Floats, *, bins: int) -> NDArray[np.int64]:
    ordered = np.sort(reference)
    edges = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    if len(edges) > require.count(bins, "bins", least=2):
        edges = np.unique(np.quantile(ordered, np.arange(1, bins + 1) / bins))
    below = np.nextafter(ordered[0], -np.inf)
    edges = np.concatenate([[below], edges])
    return np.stack(
        [
            np.diff(np.searchsorted(values, edges, side="right"), prepend=0, append=len(values))
            for values in (ordered, np.sort(current))
        ]
    )
