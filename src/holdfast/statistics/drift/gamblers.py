"""Gamblers who bet against ranks being uniform: what betting detectors have in common."""

from __future__ import annotations

import math

import numpy as np

from holdfast.statistics.require import Floats

__all__ = ["Gamblers", "waiting"]

_OVERFLOW = 1e300
_SLOPES = np.array([-0.9, -0.4, 0.4, 0.9])


class Gamblers:
    """Bet on high, low, outer and inner ranks; some start at each rank, for changes come late.

    Their capital is an e-value at any time as long as the ranks are uniform and independent.

    >>> gamblers = Gamblers()
    >>> for rank in [0.95] * 12:
    ...     gamblers.update(rank)
    >>> gamblers.value > 20
    True
    """

    def __init__(self) -> None:
        self._capital = np.zeros(2 * len(_SLOPES))
        self.n = 0

    def update(self, rank: float) -> None:
        """Take the next rank, in [0, 1]."""
        self.extend(np.array([rank]))

    def extend(self, ranks: Floats) -> Floats:
        """Take the next ranks, shape ``(n,)``; returns the capital after each."""
        place = 2 * ranks - 1
        outwards = 2 * np.abs(place) - 1
        returns = 1 + np.hstack([np.outer(place, _SLOPES), np.outer(outwards, _SLOPES)])
        left = np.array([waiting(self.n + row) for row in range(len(ranks) + 1)])
        path = np.empty_like(returns)
        capital = self._capital
        for row, (starting, own) in enumerate(zip(-np.diff(left), returns, strict=True)):
            capital = path[row] = np.minimum((capital + starting) * own, _OVERFLOW)
        self._capital = capital
        self.n += len(ranks)
        value: Floats = path.mean(axis=1) + left[1:]
        return value

    def copy(self) -> Gamblers:
        """Others with the same capital."""
        made = Gamblers()
        made._capital, made.n = self._capital.copy(), self.n
        return made

    @property
    def value(self) -> float:
        """The capital now, 1 at the start."""
        return float(self._capital.mean()) + waiting(self.n)


def waiting(n: int) -> float:
    """Share of the capital that starts after rank n; it falls slowly.

    >>> waiting(0), waiting(2), waiting(1022)
    (1.0, 0.5, 0.1)
    """
    return 1 / math.log2(n + 2)
