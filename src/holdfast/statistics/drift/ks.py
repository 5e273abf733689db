"""Kolmogorov-Smirnov: the largest gap between two distribution functions of a number."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.drift.score import Chance, DriftScore, lot, scarcity
from holdfast.statistics.steps import gap_p_values, steps

__all__ = ["compare"]


def compare(reference: ArrayLike, current: ArrayLike, *, p_value: bool = True) -> DriftScore:
    """Compare two samples of numbers; statistic and effect are the gap, in [0, 1].

    Sees any change, best one in the middle of the distribution. At 100,000 rows its p-value
    fires on shifts of 0.02 standard deviations: set a floor on the effect (0.1 is a small change).
    N. Smirnov (1939), Bulletin of Moscow University 2, 3-14. Tied values are allowed for, and
    equal gaps of small samples are told apart by ``lot``: the p-value is uniform without a change.

    Args:
        reference: numbers.
        current: numbers.
        p_value: False leaves it out, for ``calibrate`` needs none and it takes longest.

    Raises:
        StatisticsError: an empty sample, NaN or infinity.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=500), rng.normal(0.5, size=500))
    >>> round(score.statistic, 3), score.p_value < 0.001
    (0.214, True)
    """
    a, b = require.sample(reference, "reference"), require.sample(current, "current")
    found = steps(a, b)
    gap = found.gap / (len(a) * len(b))
    chance = Chance(math.sqrt(scarcity(len(a), len(b))), 0.5, lot=lot(b))
    p = None
    if p_value:
        above, least = gap_p_values(found)
        p = above + (1 - lot(b)) * (least - above)
    return DriftScore("ks", gap, p, gap, len(a), len(b), chance)
