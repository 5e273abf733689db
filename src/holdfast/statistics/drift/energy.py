"""Energy distance: have numbers, or points of a few dimensions, changed in any way?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.distribution import energy_test, same_columns
from holdfast.statistics.drift.project import thin
from holdfast.statistics.drift.score import Chance, DriftScore, scarcity
from holdfast.statistics.steps import steps

__all__ = ["compare"]


def compare(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    most: int = 500,
    permutations: int = 300,
    seed: int = 0,
    p_value: bool = True,
) -> DriftScore:
    """Compare numbers or points by ``2 E|X-Y| - E|X-X'| - E|Y-Y'|``, with a permuted p-value.

    The effect is that over ``2 E|X-Y|``: 0 for equal, 1 for point masses apart. G. J. Szekely and
    M. L. Rizzo (2013), Journal of Statistical Planning and Inference 143, 1249-1272. Put columns
    on one scale first, for it is a distance.

    Args:
        reference: shape ``(rows,)`` or ``(rows, columns)``.
        current: the same columns.
        most: rows used of each sample, drawn at random, for the p-value and where points have
            several columns; cost grows with their square. Numbers are sorted instead.
        permutations: deals of the rows.
        seed: of the deals and of the rows drawn.
        p_value: False leaves it out, for ``calibrate`` needs none and it takes longest.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=300), rng.normal(0.5, size=300))
    >>> score.p_value < 0.01, 0.03 < score.effect < 0.1
    (True, True)
    """
    a, b = same_columns(reference, current)
    rng = np.random.default_rng(seed)
    first, second = thin(a, most=most, rng=rng), thin(b, most=most, rng=rng)
    few, seen, p = scarcity(len(first), len(second)), len(second) / len(b), None
    if p_value or a.shape[1] > 1:
        deals = require.count(permutations, "permutations") if p_value else 0
        found = energy_test(first, second, permutations=deals, seed=seed)
        statistic, effect = found.statistic, found.effect
        p = found.p_value if p_value else None
    if a.shape[1] == 1:
        few, seen = scarcity(len(a), len(b)), 1.0
        statistic, across = steps(a[:, 0], b[:, 0]).energy
        effect = statistic / across if across > 0 else 0.0
    chance = Chance(few, looked=few, seen=seen)
    return DriftScore("energy", statistic, p, effect, len(a), len(b), chance)
