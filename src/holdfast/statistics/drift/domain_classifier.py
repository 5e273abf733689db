"""Domain classifier: can reference and current embeddings be told apart?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics.distribution import classifier_test, same_columns
from holdfast.statistics.drift.project import project, thin
from holdfast.statistics.drift.score import Chance, DriftScore, scarcity

__all__ = ["compare"]

RUNS = 8
"""Of neighbours that a sample is split by: rows that resemble each other stay on one side."""


def compare(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    dimensions: int = 32,
    most: int = 10_000,
    seed: int = 0,
) -> DriftScore:
    """Compare embeddings by the area under the curve of a classifier of old against new.

    The default for texts. Trained on one half of the rows and asked on the other (D. Lopez-Paz
    and M. Oquab 2017, arXiv 1610.06545; Rabanser, Gunnemann and Lipton 2019, arXiv 1810.11953).
    The statistic is the area, 0.5 for equal samples; the effect ``2 area - 1``, 0 below 0.5.

    Args:
        reference: shape ``(rows, columns)``, four rows at least.
        current: the same columns, four rows at least.
        dimensions: principal axes of all rows together that the classifier sees.
        most: rows used of each sample, drawn at random: from so many on, what they do not show is
            too small to matter.
        seed: of the split into halves, and of the rows drawn.

    Raises:
        StatisticsError: fewer than four rows in a sample, NaN, different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> score = compare(rng.normal(size=(300, 64)), rng.normal(0.2, size=(300, 64)))
    >>> score.p_value < 0.001, score.effect > 0.4
    (True, True)
    """
    a, b = same_columns(reference, current, least=4)
    rng = np.random.default_rng(seed)
    first, second = project(
        thin(a, most=most, rng=rng), thin(b, most=most, rng=rng), dimensions=dimensions
    )
    found = classifier_test(first, second, seed=seed, runs=RUNS)
    area = found.area.estimate
    few = scarcity(len(first), len(second))
    return DriftScore(
        "domain_classifier",
        area,
        found.p_value,
        max(2 * area - 1, 0.0),
        len(a),
        len(b),
        Chance(math.sqrt(few), 0.5, still=0.5, looked=few, seen=len(second) / len(b)),
    )
