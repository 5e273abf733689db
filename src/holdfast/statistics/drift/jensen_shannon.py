"""Jensen-Shannon distance of binned frequencies: a metric between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from holdfast.statistics.drift.bins import shares
from holdfast.statistics.drift.score import Chance, DriftScore, lot, scarcity

__all__ = ["compare"]


def compare(
    reference: ArrayLike | Sequence[Any], current: ArrayLike | Sequence[Any], *, bins: int = 10
) -> DriftScore:
    """Compare numbers (over the reference's quantiles) or categories.

    Square root of ``(KL(r || m) + KL(c || m)) / 2`` in bits, m being the mean of the shares r and
    c: 0 for equal, 1 for disjoint samples (J. Lin 1991, IEEE Transactions on Information Theory
    37, 145-151; D. M. Endres and J. E. Schindelin 2003). The effect is the distance with what
    chance gives, ``(bins - 1)(1/n + 1/m) / (8 log 2)`` squared bits, taken off. It has no
    p-value: put a threshold on it with ``calibrate``.

    Args:
        reference: numbers or labels.
        current: the same kind.
        bins: for numbers.

    Raises:
        StatisticsError: an empty sample, NaN or infinity, a missing label, fewer than two bins.

    >>> score = compare(["ok"] * 95 + ["refused"] * 5, ["ok"] * 80 + ["refused"] * 20)
    >>> round(score.statistic, 3), round(score.effect, 3)
    (0.194, 0.184)
    """
    found = shares(reference, current, bins=bins)
    middle = (found.reference + found.current) / 2
    entropy = scipy.special.rel_entr
    nats = float(np.sum(entropy(found.reference, middle) + entropy(found.current, middle))) / 2
    squared = max(nats, 0.0) / math.log(2)
    few = scarcity(found.reference_rows, found.current_rows)
    by_chance = (found.bins - 1) * few / (8 * math.log(2))
    return DriftScore(
        "jensen_shannon",
        math.sqrt(squared),
        None,
        math.sqrt(max(squared - by_chance, 0.0)),
        found.reference_rows,
        found.current_rows,
        Chance(math.sqrt(few), found.power / 2, lot=lot(current)),
    )
