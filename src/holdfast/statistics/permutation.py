"""How often would shuffled rows look as different as these?

If reference and current come from one distribution, every way of dealing the pooled rows into two
piles is as likely as the one observed; the p-value counts the piles that differ at least as much.
Exact at any size, whatever the distribution: E. J. G. Pitman (1937); ``(1 + hits) / (1 + deals)``
as Phipson and Smyth (2010) explain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdfast.statistics.require import Floats, Ints

__all__ = ["block_means", "deal_rows", "deal_tables", "p_value"]

_SAME = 1e-12


def p_value(observed: float, dealt: Floats, *, lot: float = 0.0) -> float:
    """Share of deals, the observed one included, whose statistic is at least the observed.

    With a ``lot`` in [0, 1) only that many less of those that equal it, which makes the p-value
    uniform where a statistic takes few values.

    >>> p_value(3.0, np.array([1.0, 2.0, 3.0])), p_value(3.0, np.array([1.0, 2.0, 3.0]), lot=0.5)
    (0.5, 0.25)
    """
    # Equal statistics may differ in the last digit, for sums were taken in another order.
    margin = _SAME * max(1.0, abs(observed))
    at_least = int(np.sum(dealt >= observed - margin)) + 1
    equal = at_least - int(np.sum(dealt > observed + margin))
    return (at_least - lot * equal) / (1 + len(dealt))


def deal_rows(n_first: int, n: int, *, deals: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Random halves: shape ``(deals, n)``, each row with ``n_first`` True."""
    return rng.permuted(np.tile(np.arange(n) < n_first, (deals, 1)), axis=1)


def deal_tables(table: Ints, *, deals: int, rng: np.random.Generator) -> Ints:
    """Random two-row tables with the margins of ``table``: shape ``(deals, 2, categories)``."""
    totals = table.sum(axis=0)
    first = rng.multivariate_hypergeometric(totals, int(table[0].sum()), size=deals)
    return np.stack([first, totals - first], axis=1).astype(np.int64)


def block_means(matrix: Floats, halves: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Mean of a symmetric pairwise matrix within the first half, within the second, and across.

    The diagonal counts as a pair. ``halves`` has shape ``(deals, n)``, each result ``(deals,)``.
    """
    mask = halves.astype(np.float64)
    size = mask.sum(axis=1)
    rest = len(matrix) - size
    rows = mask @ matrix
    first = np.einsum("ij,ij->i", rows, mask)
    across = rows.sum(axis=1) - first
    second = float(matrix.sum()) - first - 2 * across
    return first / size**2, second / rest**2, across / (size * rest)
