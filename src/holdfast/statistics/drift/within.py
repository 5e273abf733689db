"""Has anything changed within groups? Each group is compared with its own past alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["Within", "within"]

_PAIR = 2
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Within:
    """A statistic with its p-value. ``effect``, 0 to 1, is beyond what groups vary by themselves.

    ``across`` is how far new rows are from old ones on average, ``usual`` old ones from each other.
    """

    statistic: float
    p_value: float
    effect: float
    across: float
    usual: float


def within(groups: Sequence[tuple[Floats, int]], *, deals: int = 999, seed: int = 0) -> Within:
    """Compare new rows of each group with its old ones, whatever mix of groups is new.

    The energy statistic (G. J. Székely and M. L. Rizzo 2004, Testing for equal distributions in
    high dimension) of each group, weighted by its rows and summed. Its null distribution comes
    from old and new changing places within their group: exact, also for few rows, as long as rows
    of a group are exchangeable.

    The effect is the root of half the energy distance, estimated without bias: where distances
    are 0 and 1 and old rows are alike, the share of new rows that are not.

    Args:
        groups: of each the distances between its rows, shape ``(rows, rows)``, the old ones first,
            and how many are old: two at least, and fewer than all.
        deals: permutations.
        seed: of the permutations.

    Raises:
        StatisticsError: no groups, or one without old or new rows.

    >>> def far(values):
    ...     return (values[:, None] != values).astype(float)
    >>> rng = np.random.default_rng(0)
    >>> same = [(far(rng.integers(2, size=12)), 8) for _ in range(10)]
    >>> other = [(far(np.r_[rng.integers(2, size=8), rng.integers(1, 3, size=4)]), 8)] * 10
    >>> within(same).p_value > 0.05, within(other).p_value
    (True, 0.001)
    """
    if not groups:
        raise StatisticsError("no groups; give the distances of one at least")
    for far, old in groups:
        if not _PAIR <= old < len(far):
            raise StatisticsError(
                f"{old!r} of {len(far)!r} rows of a group are old; two must be, and one must not"
            )
    rng = np.random.default_rng(seed)
    observed, drawn = 0.0, np.zeros(require.count(deals, "deals", least=19))
    energy = across = usual = 0.0
    for far, old in groups:
        rows, new = len(far), len(far) - old
        signs = np.repeat([1 / old, -1 / new], [old, new])
        weight = old * new / rows
        dealt = rng.permuted(np.tile(signs, (len(drawn), 1)), axis=1)
        observed -= weight * float(signs @ far @ signs)
        drawn -= weight * np.einsum("di,di->d", dealt @ far, dealt)
        between = float(far[:old, old:].mean())
        before = float(far[:old, :old].sum()) / (old * (old - 1))
        # One row alone varies as much as those before it, for all that is known.
        after = float(far[old:, old:].sum()) / (new * (new - 1)) if new > 1 else before
        energy += new * (2 * between - before - after)
        across += new * between
        usual += new * before
    n = sum(len(far) - old for far, old in groups)
    return Within(
        observed,
        (1 + int(np.sum(drawn >= observed - _ROUNDING))) / (len(drawn) + 1),
        min(float(np.sqrt(max(energy / n, 0.0) / 2)), 1.0),
        across / n,
        usual / n,
    )
