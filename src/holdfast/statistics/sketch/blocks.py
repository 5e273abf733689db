"""How much rows depend on their neighbours, learned from blocks of them in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.statistics.require import Floats

__all__ = ["LENGTHS", "Blocks", "blocked"]

LENGTHS = (32, 256, 2048)
"""Rows of a block, at three scales; dependence over longer stretches is not seen."""
_ENOUGH = 24
"""Blocks that a scale needs before it is believed."""
_SURE = 2.5
"""Standard errors above what shorter blocks show from which a scale is heard."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """For each length: how many blocks there were, and the sum of their quadratic forms."""

    count: tuple[int, ...] = (0,) * len(LENGTHS)
    total: tuple[float, ...] = (0.0,) * len(LENGTHS)

    def merge(self, other: Blocks) -> Blocks:
        """Both together; order does not matter."""
        return Blocks(
            tuple(a + b for a, b in zip(self.count, other.count, strict=True)),
            tuple(a + b for a, b in zip(self.total, other.total, strict=True)),
        )

    def effect(self, expected: float, *, spread: float, shift: Floats) -> float:
        """Variance of a block's counts over what independent rows would give; 1 at least.

        The first-order correction of J. N. K. Rao and A. J. Scott (1981), JASA 76, 221-230, with
        blocks for clusters (H. R. Kunsch 1989, Annals of Statistics 17, 1217-1241).

        Args:
            expected: mean of the quadratic form of one row, were rows independent.
            spread: variance of that form over the square of its mean.
            shift: how far the mean row was from the center that forms were taken around, with the
                square root of its weight.
        """
        if expected <= 0:
            return 1.0
        found = 1.0
        for length, blocks, total in zip(LENGTHS, self.count, self.total, strict=True):
            if blocks < _ENOUGH:
                continue
            around = total - blocks * length**2 * float(shift @ shift)
            ratio = around / ((blocks - 1) * length * expected)
            if ratio > found * (1 + _SURE * math.sqrt(spread / blocks)):
                found = ratio
        return found


def blocked(codes: NDArray[np.integer], root: Floats, *, center: Floats) -> Blocks:
    """The blocks of rows that came one after the other.

    Args:
        codes: bin of each row; rows beyond the last whole block are left out.
        root: square roots of the form's weights, shape ``(bins, dimensions)`` or ``(bins,)`` for
            a diagonal: what a row of each bin adds.
        center: what the mean row adds, shape ``(dimensions,)``.
    """
    count, total = [], []
    bins = len(root)
    sums: NDArray[np.int64] | None = None
    for scale, length in enumerate(LENGTHS):
        blocks = len(codes) // length
        if blocks == 0:
            sums = None
            count.append(0)
            total.append(0.0)
            continue
        if sums is None:
            keys = np.repeat(np.arange(blocks) * bins, length) + codes[: blocks * length]
            sums = np.bincount(keys, minlength=blocks * bins).reshape(blocks, bins)
        else:
            # Blocks of the next length are whole numbers of blocks of this one.
            ratio = length // LENGTHS[scale - 1]
            sums = sums[: blocks * ratio].reshape(blocks, ratio, bins).sum(axis=1)
        added = (sums @ root if root.ndim > 1 else sums * root) - length * center
        count.append(blocks)
        total.append(float(np.einsum("ij,ij->", added, added)))
    return Blocks(tuple(count), tuple(total))
