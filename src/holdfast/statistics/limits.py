"""Limits of a mean over clustered values that hold at all times, made to stop a comparison early.

Where ``sequential.SequentialGate`` takes differences that were drawn one by one, these take whole
clusters of different sizes, and start from what is expected: bets against a mean that is too low
suppose at first that the mean is as expected, which a good candidate confirms soonest. They only
cost more when that is wrong; a wrong verdict is not more likely for it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.betting import LARGEST_STAKE
from holdfast.statistics.require import Floats

__all__ = ["RunningLimits"]

_WEIGHT = 30.0
"""Imaginary clusters for which the mean was as expected."""


_NEARLY = 1e-9


class RunningLimits:
    """Lower and upper limits of the mean over all values; each holds at any time.

    A cluster with total T of n values is staked on as ``1 + s (T - m n) / largest`` against each
    claimed mean m of a grid. Under the claim the capital is a supermartingale, so that it ever
    reaches ``1/alpha`` with probability ``alpha`` at most (Ville 1939); what did is out for good.
    Stakes are first moments over second ones, both from the clusters before (Waudby-Smith and
    Ramdas 2024, arXiv 2010.09686). Feed clusters in random order.

    Args:
        bounds: what a value can be at least and at most.
        expected: the mean that is likely, inside the bounds; None: their middle.
        claim: a mean that will be asked about, put on the grid.
        largest: values of the largest cluster.
        cells: of the grid over the bounds; limits are rounded outwards to it.

    Raises:
        StatisticsError: bad bounds, an expected mean or claim outside them, ``largest`` below 1;
            from ``update``, a total that such a cluster cannot have.

    >>> limits = RunningLimits(bounds=(-1, 1), expected=0.0, claim=-0.05)
    >>> while limits.low(0.05) < -0.05:
    ...     limits.update(0.0)
    >>> limits.n, limits.high(0.05) > 0
    (85, True)
    """

    def __init__(
        self,
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        expected: float | None = None,
        claim: float | None = None,
        largest: int = 1,
        cells: int = 400,
    ) -> None:
        self._low, self._high = require.bounds(bounds)
        self._largest = require.count(largest, "largest")
        grid = np.linspace(0, 1, require.count(cells, "cells", least=2) + 1)
        if claim is not None:
            grid = np.union1d(grid, self._unit(claim, "claim"))
        self._grid: Floats = grid
        self._squared = grid * grid
        # No value can cost more than a part of the capital, whatever is staked against.
        self._most = {
            True: LARGEST_STAKE / np.maximum(grid, _NEARLY),
            False: LARGEST_STAKE / np.maximum(1 - grid, _NEARLY),
        }
        self._expected = 0.5 if expected is None else self._unit(expected, "expected")
        self._capital = {True: np.zeros(len(grid)), False: np.zeros(len(grid))}
        self._peak = {True: np.zeros(len(grid)), False: np.zeros(len(grid))}
        # Sums over clusters of a = total/largest and b = size/largest, their squares and product.
        self._a = self._b = self._aa = self._ab = self._bb = 0.0
        self.n = 0

    def update(self, total: float, size: int = 1) -> None:
        """Take the next cluster: the sum of its values, and how many they are."""
        span = self._high - self._low
        sum_ = (total - self._low * size) / span
        if not (1 <= size <= self._largest and -_NEARLY <= sum_ <= size + _NEARLY):
            raise StatisticsError(
                f"{size!r} values cannot sum to {total!r} inside {(self._low, self._high)!r} in a "
                f"cluster of {self._largest!r} at most"
            )
        a, b = min(max(sum_, 0.0), size) / self._largest, size / self._largest
        gain = a - self._grid * b
        for upwards in (True, False):
            stakes = self._stakes(upwards=upwards)
            self._capital[upwards] += np.log1p(stakes * gain)
            np.maximum(self._peak[upwards], self._capital[upwards], out=self._peak[upwards])
        self._a, self._b = self._a + a, self._b + b
        self._aa, self._ab, self._bb = self._aa + a * a, self._ab + a * b, self._bb + b * b
        self.n += 1

    def low(self, alpha: float) -> float:
        """What the mean is below with probability ``alpha`` at most, whenever one looks."""
        out = self._out(alpha, upwards=True)
        standing = int(np.argmin(out)) if not out.all() else len(out)
        unit = float(self._grid[standing - 1]) if standing else 0.0
        return self._low + (self._high - self._low) * unit

    def high(self, alpha: float) -> float:
        """What the mean is above with probability ``alpha`` at most, whenever one looks."""
        out = self._out(alpha, upwards=False)[::-1]
        standing = int(np.argmin(out)) if not out.all() else len(out)
        unit = float(self._grid[::-1][standing - 1]) if standing else 1.0
        return self._low + (self._high - self._low) * unit

    def p_above(self, claim: float) -> float:
        """Anytime-valid p-value of "the mean is at least the claim": small when it is not.

        ``claim`` is rounded up to the grid, so that the value is never too small.
        """
        place = int(np.searchsorted(self._grid, self._unit(claim, "claim") - 1e-12))
        return math.exp(-float(self._peak[False][place]))

    def _out(self, alpha: float, *, upwards: bool) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self._peak[upwards] >= -math.log(
            require.fraction(alpha, "alpha")
        )
        return found

    def _stakes(self, *, upwards: bool) -> Floats:
        grid, n = self._grid, self.n
        size = self._b / n if n else 1.0
        weight = _WEIGHT if upwards else 1.0
        guess = (self._expected - grid) * size
        first = (weight * guess + (self._a - grid * self._b)) / (weight + n)
        squares = self._aa - 2 * self._ab * grid + self._bb * self._squared
        second = (size**2 / 4 + guess * guess + np.maximum(squares, 0.0)) / (1 + n)
        stakes: Floats = first / second
        if upwards:
            return np.minimum(np.maximum(stakes, 0.0), self._most[True])
        return np.maximum(np.minimum(stakes, 0.0), -self._most[False])

    def _unit(self, value: float, name: str) -> float:
        if not self._low <= value <= self._high:
            raise StatisticsError(
                f"{name} is {value!r}; it must lie inside bounds {(self._low, self._high)!r}"
            )
        return (value - self._low) / (self._high - self._low)
