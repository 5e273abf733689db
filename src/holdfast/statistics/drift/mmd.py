"""Maximum mean discrepancy: have embeddings changed in any way?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.distribution import mmd_test, same_columns
from holdfast.statistics.drift.project import project, thin
from holdfast.statistics.drift.score import Chance, DriftScore, scarcity

__all__ = ["compare"]


def compare(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    dimensions: int = 32,
    most: int = 500,
    permutations: int = 300,
    seed: int = 0,
    p_value: bool = True,
) -> DriftScore:
    """Compare embeddings with a Gaussian kernel, on their principal axes, with a permuted p-value.

    The unbiased square of A. Gretton et al. (2012), JMLR 13, 723-773, after the projection that
    Rabanser, Gunnemann and Lipton recommend (2019, Failing Loudly, arXiv 1810.11953); the effect
    is its root.

    Args:
        reference: shape ``(rows, columns)``.
        current: the same columns.
        dimensions: principal axes of all rows together that are kept.
        most: rows used of each sample, drawn at random; cost grows with their square.
        permutations: deals of the rows.
        seed: of the deals and of the rows drawn.
        p_value: False leaves it out, for ``calibrate`` needs none and it takes longest.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=(200, 64)), rng.normal(0.3, size=(200, 64)))
    >>> score.p_value < 0.01, score.effect > 0.1
    (True, True)
    """
    a, b = same_columns(reference, current)
    rng = np.random.default_rng(seed)
    first, second = project(
        thin(a, most=most, rng=rng), thin(b, most=most, rng=rng), dimensions=dimensions
    )
    deals = require.count(permutations, "permutations") if p_value else 0
    found = mmd_test(first, second, permutations=deals, seed=seed)
    p = found.p_value if p_value else None
    few = scarcity(len(first), len(second))
    chance = Chance(few, looked=few, seen=len(second) / len(b))
    return DriftScore("mmd", found.statistic, p, found.effect, len(a), len(b), chance)
