"""Wasserstein distance: how far, on average, a number has to be moved."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.drift.score import Chance, DriftScore, lot, scarcity
from holdfast.statistics.steps import steps

__all__ = ["compare"]


def compare(reference: ArrayLike, current: ArrayLike) -> DriftScore:
    """Compare two samples of numbers; statistic and effect are in the reference's deviations.

    ``integral |F - G|`` over the standard deviation of the reference, or of both together where
    the reference is constant (S. Vallender 1974, Theory of Probability 18, 784-786; A. Ramdas, N.
    Garcia and M. Cuturi 2017, Entropy 19, 47). The usual threshold of 0.1 fires on 95 % of
    unchanged windows of 50 rows: it has no p-value, put a threshold on it with ``calibrate``.

    Raises:
        StatisticsError: an empty sample, NaN or infinity.

    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=2000), rng.normal(0.5, size=500))
    >>> round(score.statistic, 2)
    0.5
    """
    a, b = require.sample(reference, "reference"), require.sample(current, "current")
    spread = float(np.std(a)) or float(np.std(np.concatenate([a, b])))
    scaled = steps(a, b).area / spread if spread > 0 else 0.0
    chance = Chance(math.sqrt(scarcity(len(a), len(b))), 0.5, lot=lot(b))
    return DriftScore("wasserstein", scaled, None, scaled, len(a), len(b), chance)
