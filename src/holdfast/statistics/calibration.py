"""Do stated probabilities come true as often as they say?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require

__all__ = ["Bin", "Calibration", "calibration"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability: how many, what they said on average, how often it came true."""

    n: int
    stated: float
    came_true: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Gaps between what was stated and what came true.

    ``error`` is their mean over rows, ``worst`` the largest of a bin, ``brier`` the mean squared
    distance of probability and outcome.
    """

    error: float
    worst: float
    brier: float
    bins: tuple[Bin, ...]


def calibration(probabilities: ArrayLike, outcomes: ArrayLike, *, bins: int = 10) -> Calibration:
    """Expected calibration error over bins that hold equally many rows.

    ``sum_b n_b/n |mean stated - share that came true|`` (M. P. Naeini, G. Cooper and M.
    Hauskrecht 2015, AAAI); equal counts instead of equal widths, for bins of few rows are noise
    (Nixon et al. 2019, arXiv 1904.01685). Rows of one and the same probability share a bin.

    Args:
        probabilities: of "it is True", in [0, 1].
        outcomes: whether it was.
        bins: at most this many.

    Raises:
        StatisticsError: lengths differ, no rows, a probability outside [0, 1].

    >>> found = calibration([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 0], bins=2)
    >>> round(found.error, 3), round(found.worst, 3), len(found.bins)
    (0.25, 0.4, 2)
    """
    stated, true = (
        require.sample(probabilities, "probabilities"),
        require.binary(outcomes, "outcomes"),
    )
    require.same_length(stated, true)
    outside = stated[(stated < 0) | (stated > 1)]
    if outside.size:
        raise StatisticsError(f"probabilities has {float(outside[0])!r}; it must lie in [0, 1]")
    shares = np.arange(1, require.count(bins, "bins")) / bins
    edges = np.unique(np.quantile(stated, shares, method="inverted_cdf"))
    place = np.searchsorted(edges, stated, side="left")
    found = tuple(
        Bin(int(rows.sum()), float(stated[rows].mean()), float(true[rows].mean()))
        for rows in (place == b for b in np.unique(place))
    )
    gaps = [abs(b.stated - b.came_true) for b in found]
    mean = sum(b.n * gap for b, gap in zip(found, gaps, strict=True)) / len(stated)
    # Rounding may put a mean above its largest part.
    error = min(mean, max(gaps))
    return Calibration(error, max(gaps), float(np.mean((stated - true) ** 2)), found)
