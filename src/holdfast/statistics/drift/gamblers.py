"""Gamblers who bet against ranks being uniform: what betting detectors have in common."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["Gamblers"]

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
        self.n += 1
        place = 2 * rank - 1
        outwards = 2 * abs(place) - 1
        returns = np.concatenate([1 + _SLOPES * place, 1 + _SLOPES * outwards])
        starting = self._waiting(self.n - 1) - self._waiting(self.n)
        self._capital = np.minimum((self._capital + starting) * returns, _OVERFLOW)

    def copy(self) -> Gamblers:
        """Others with the same capital."""
        made = Gamblers()
        made._capital, made.n = self._capital.copy(), self.n
        return made

    @property
    def value(self) -> float:
        """The capital now, 1 at the start."""
        return float(self._capital.mean()) + self._waiting(self.n)

    @staticmethod
    def _waiting(n: int) -> float:
        """Share of the capital that starts after rank n; it falls slowly."""
        return 1 / math.log2(n + 2)
