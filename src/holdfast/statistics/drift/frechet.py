"""Frechet distance: have the centre and the spread of embeddings changed?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics.distribution import same_columns
from holdfast.statistics.drift.project import project, thin
from holdfast.statistics.drift.score import Chance, DriftScore, scarcity
from holdfast.statistics.require import Floats

__all__ = ["compare"]

_EDGE = 4.0
"""Deviations from the centre beyond which a row is no further: a square of it drowns all others."""

_POWER = 0.75
"""Of squares 1, but neighbours forget sooner what makes up the covariance than the mean."""


def compare(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    dimensions: int = 32,
    most: int = 10_000,
    seed: int = 0,
) -> DriftScore:
    """Compare embeddings as if they were normal, on their principal axes.

    ``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))`` (D. C. Dowson and B. V. Landau 1982, Journal of
    Multivariate Analysis 12, 450-455; M. Heusel et al. 2017, arXiv 1706.08500). Unlike the
    distance of the centres it sees a change of spread. Rows beyond four deviations on an axis count
    as that far out, for the covariance of heavy tails hardly settles. The effect is the statistic
    over the reference's total variance. Both are above 0 for unchanged rows too, the more so the
    fewer they are: it has no p-value, put a threshold on it with ``calibrate``.

    Args:
        reference: shape ``(rows, columns)``.
        current: the same columns.
        dimensions: principal axes of all rows together that are kept.
        most: rows used of each sample, drawn at random: from so many on, what they do not show is
            too small to matter.
        seed: of the rows drawn.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> calm = compare(rng.normal(size=(500, 8)), rng.normal(size=(500, 8)))
    >>> wider = compare(rng.normal(size=(500, 8)), rng.normal(scale=1.5, size=(500, 8)))
    >>> round(calm.effect, 2), round(wider.effect, 2)
    (0.01, 0.26)
    """
    whole = same_columns(reference, current)
    rng = np.random.default_rng(seed)
    first, second = (thin(rows, most=most, rng=rng) for rows in whole)
    a, b = _tamed(*project(first, second, dimensions=dimensions))
    gap = a.mean(axis=0) - b.mean(axis=0)
    spread_a, spread_b = _covariance(a), _covariance(b)
    root = _square_root(spread_a)
    # The eigenvalues of S1 S2 are those of the symmetric S1^(1/2) S2 S1^(1/2).
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ spread_b @ root), 0.0)).sum()
    total = float(np.trace(spread_a))
    distance = float(gap @ gap) + total + float(np.trace(spread_b)) - 2 * float(shared)
    distance = max(distance, 0.0)
    scale = total or float(np.trace(_covariance(np.concatenate([a, b]))))
    few = scarcity(len(a), len(b))
    return DriftScore(
        "frechet",
        distance,
        None,
        distance / scale if scale > 0 else 0.0,
        len(whole[0]),
        len(whole[1]),
        Chance(few, _POWER, looked=few, seen=len(b) / len(whole[1])),
    )


def _tamed(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Both with what is far out on an axis put at its edge."""
    edge = _EDGE * np.concatenate([a, b]).std(axis=0)
    return np.clip(a, -edge, edge), np.clip(b, -edge, edge)


def _covariance(rows: Floats) -> Floats:
    return np.atleast_2d(np.cov(rows, rowvar=False))


def _square_root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
