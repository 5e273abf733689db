"""Pearson's chi-square: have the frequencies of categories changed?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.statistics import permutation, require
from holdfast.statistics.distribution import contingency
from holdfast.statistics.drift.score import Chance, DriftScore, lot
from holdfast.statistics.require import Floats, Ints

__all__ = ["compare"]

_ENOUGH = 5
"""Expected rows in every cell from which the chi-square table can be trusted (Cochran 1954)."""


def compare(
    reference: Sequence[Any] | NDArray[Any],
    current: Sequence[Any] | NDArray[Any],
    *,
    permutations: int = 1_000,
    seed: int = 0,
    p_value: bool = True,
) -> DriftScore:
    """Compare the frequencies of labels; the effect is Cramer's V, in [0, 1].

    ``sum (O - E)^2 / E`` (K. Pearson 1900, Philosophical Magazine 50, 157-175). The p-value comes
    from the table where every cell expects five rows, else from permutations, among which equal
    ones are told apart by ``lot``.

    Args:
        reference: labels; compared by their text.
        current: labels; new ones count as categories too.
        permutations: deals of the rows where categories are rare.
        seed: of those deals.
        p_value: False leaves it out, for ``calibrate`` needs none.

    Raises:
        StatisticsError: an empty sample or a missing label.

    >>> score = compare(["ok"] * 95 + ["refused"] * 5, ["ok"] * 80 + ["refused"] * 20)
    >>> round(score.statistic, 2), round(score.p_value, 4), round(score.effect, 2)
    (10.29, 0.0013, 0.23)
    """
    table = contingency(reference, current)
    rows = table.sum(axis=1)
    statistic = float(_chi_square(table[np.newaxis])[0])
    drawn = lot(current)
    p = _p_value(table, statistic, (permutations, seed, drawn)) if p_value else None
    effect = math.sqrt(statistic / float(table.sum()))
    chance = Chance(lot=drawn)
    return DriftScore("chi_square", statistic, p, effect, int(rows[0]), int(rows[1]), chance)


def _p_value(table: Ints, statistic: float, how: tuple[int, int, float]) -> float:
    permutations, seed, drawn = how
    rows, freedom = table.sum(axis=1), table.shape[1] - 1
    expected_least = float(rows.min()) * float(table.sum(axis=0).min()) / float(table.sum())
    if freedom == 0:
        return 1.0
    if expected_least >= _ENOUGH:
        return float(scipy.special.chdtrc(freedom, statistic))
    deals = permutation.deal_tables(
        table,
        deals=require.count(permutations, "permutations"),
        rng=np.random.default_rng(seed),
    )
    return permutation.p_value(statistic, _chi_square(deals), lot=drawn)


def _chi_square(tables: Ints) -> Floats:
    counts = tables.astype(np.float64)
    rows, columns = counts.sum(axis=2, keepdims=True), counts.sum(axis=1, keepdims=True)
    expected = rows * columns / counts.sum(axis=(1, 2), keepdims=True)
    statistics: Floats = ((counts - expected) ** 2 / expected).sum(axis=(1, 2))
    return statistics
