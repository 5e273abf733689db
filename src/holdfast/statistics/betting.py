"""Capital won by betting against a claimed mean: the engine of everything anytime-valid here.

Start with 1 and, before each value x in [0, 1] is seen, stake ``bet`` on it lying above (or below)
the claimed mean m: ``K_t = prod(1 + bet_t (x_t - m))``. If the claim is true nobody can expect to
grow rich, so ``P(K ever reaches 1/alpha) <= alpha`` (Ville's inequality), at any n and without an
assumption on the distribution.

I. Waudby-Smith and A. Ramdas (2024), Estimating means of bounded random variables by betting,
JRSS B 86, 1-27, arXiv 2010.09686.
"""

from __future__ import annotations

import math

import numpy as np

from holdfast.statistics.require import Floats

__all__ = [
    "LARGEST_STAKE",
    "Forecast",
    "bets",
    "log_capital",
    "mean_limits",
    "predictions",
]

LARGEST_STAKE = 0.75
"""The most of the capital that one value can cost: betting all of it risks ruin."""

_HALVINGS = 48


class Forecast:
    """Mean and variance expected of the next value in [0, 1], from those before it.

    Both start from one imaginary value of mean 1/2 and variance 1/4, as the paper does.

    >>> forecast = Forecast()
    >>> forecast.update(1.0)
    >>> forecast.n, forecast.mean, forecast.variance
    (1, 0.75, 0.15625)
    """

    def __init__(self) -> None:
        self.n = 0
        self.total = 0.0
        self._squares = 0.0

    def update(self, x: float) -> None:
        """Take the next value."""
        self.n += 1
        self.total += x
        self._squares += (x - self.mean) ** 2

    @property
    def mean(self) -> float:
        """Expected value of the next one."""
        return (0.5 + self.total) / (self.n + 1)

    @property
    def variance(self) -> float:
        """Expected square of its distance from ``mean``."""
        return (0.25 + self._squares) / (self.n + 1)


def predictions(values: Floats) -> tuple[Floats, Floats]:
    """What ``Forecast`` expected of each value before it came: means and variances.

    >>> predictions(np.array([1.0, 0.0]))
    (array([0.5 , 0.75]), array([0.25   , 0.15625]))
    """
    steps = np.arange(1, len(values) + 1)
    means = (0.5 + np.cumsum(values)) / (steps + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (steps + 1)
    return np.concatenate([[0.5], means[:-1]]), np.concatenate([[0.25], variances[:-1]])


def bets(values: Floats, *, alpha: float, horizon: int | None = None) -> Floats:
    """Predictable plug-in stakes, one for each value in [0, 1].

    ``sqrt(2 log(2/alpha) / (var t log(1 + t)))`` shrinks so that the sequence is valid and good
    at every t; with a ``horizon`` n it is ``sqrt(2 log(2/alpha) / (var n))``, tuned to that n.
    """
    _, variances = predictions(values)
    steps = np.arange(1, len(values) + 1)
    budget = steps * np.log1p(steps) if horizon is None else np.full(len(values), float(horizon))
    return np.sqrt(2 * math.log(2 / alpha) / (variances * budget))


def log_capital(values: Floats, stakes: Floats, *, claimed: Floats, upwards: bool) -> Floats:
    """Log capital after each value, shape ``(len(claimed), len(values))``.

    ``stakes`` are cut where one value could cost more than ``LARGEST_STAKE`` of the capital.
    Betting upwards the capital falls with the claimed mean, downwards it rises: that is what lets
    limits be found by halving.
    """
    if not upwards:
        return log_capital(1 - values, stakes, claimed=1 - claimed, upwards=True)
    m = claimed[:, np.newaxis]
    with np.errstate(divide="ignore"):
        cut = np.minimum(stakes, LARGEST_STAKE / m)
    return np.cumsum(np.log1p(np.where(m > 0, cut, 0.0) * (values - m)), axis=1)


def mean_limits(values: Floats, *, alpha: float) -> tuple[float, float]:
    """Limits between which the mean of values in [0, 1] lies, at ``1 - alpha`` and any n.

    >>> low, high = mean_limits(np.full(50, 0.9), alpha=0.05)
    >>> round(low, 3), round(high, 3)
    (0.816, 0.925)
    """
    stakes = bets(values, alpha=alpha, horizon=len(values))
    low = _lower_limit(values, stakes, alpha=alpha)
    high = 1 - _lower_limit(1 - values, stakes, alpha=alpha)
    return low, high


def _lower_limit(values: Floats, stakes: Floats, *, alpha: float) -> float:
    rich = math.log(2 / alpha)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        capital = log_capital(values, stakes, claimed=np.array([middle]), upwards=True)
        if float(np.max(capital)) >= rich:
            low = middle
        else:
            high = middle
    return low
