"""Kolmogorov-Smirnov: the largest gap between two distribution functions of a number."""

from __future__ import annotations

from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.distribution import ks_test
from holdfast.statistics.drift.score import DriftScore

__all__ = ["compare"]


def compare(reference: ArrayLike, current: ArrayLike) -> DriftScore:
    """Compare two samples of numbers; statistic and effect are the gap, in [0, 1].

    Sees any change, best one in the middle of the distribution. At 100,000 rows its p-value
    fires on shifts of 0.02 standard deviations: set a floor on the effect (0.1 is a small change).
    N. Smirnov (1939), Bulletin of Moscow University 2, 3-14.

    Raises:
        StatisticsError: an empty sample, NaN or infinity.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=500), rng.normal(0.5, size=500))
    >>> round(score.statistic, 3), score.p_value < 0.001
    (0.214, True)
    """
    a, b = require.sample(reference, "reference"), require.sample(current, "current")
    found = ks_test(a, b)
    return DriftScore("ks", found.statistic, found.p_value, found.effect, len(a), len(b))
