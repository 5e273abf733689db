"""Tests and intervals that may be looked at after every value, and stopped at any time.

A fixed-size test that is peeked at after each case raises false alarms far above its level. These
do not: each is built on capital won by betting (see ``betting``), for which "at any time" is part
of the guarantee. Values must be bounded and their mean, given the past, must be constant; no other
assumption is made.

Classes take one value at a time with ``update(x)``; functions do the same to a whole array.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import betting, require
from holdfast.statistics.betting import LARGEST_STAKE
from holdfast.statistics.interval import Interval
from holdfast.statistics.require import Floats

__all__ = [
    "Alternative",
    "Band",
    "ConfidenceSequence",
    "EProcess",
    "SequentialGate",
    "Verdict",
    "confidence_sequence",
    "e_process",
]

Alternative: TypeAlias = Literal["greater", "less", "two-sided"]
Verdict: TypeAlias = Literal["pass", "fail", "inconclusive"]

_LARGEST_LOG = 700.0
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Band:
    """Running limits of a mean, one pair for each value seen; they only ever close in."""

    low: Floats
    high: Floats
    confidence: float


class EProcess:
    """Evidence against "the mean is at most ``mean``", growing value by value.

    ``E_t = prod(1 + lambda_s (x_s - mean))`` with stakes predicted from the values before,
    ``lambda = (m_hat - mean)/(var_hat + (m_hat - mean)^2)`` (aGRAPA of Waudby-Smith and Ramdas
    2024, arXiv 2010.09686), never risking more than ``betting.LARGEST_STAKE``. Under the
    hypothesis ``P(E ever reaches 1/alpha) <= alpha`` (Ville 1939).

    Args:
        mean: the claim, strictly inside the bounds, in the unit of the values.
        bounds: what a value can be at least and at most.
        alternative: ``greater`` doubts that the mean is so low, ``less`` that it is so high,
            ``two-sided`` splits its capital between both.
        alpha: the risk of ever rejecting a true claim.

    Raises:
        StatisticsError: a claim outside the bounds, alpha outside (0, 1); from ``update``, a
            value that is NaN or outside the bounds.

    >>> test = EProcess(0.5)
    >>> for x in [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]:
    ...     test.update(x)
    >>> round(test.value, 2), test.rejected, round(test.p_value, 4)
    (33.96, True, 0.0294)
    """

    def __init__(
        self,
        mean: float,
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        alternative: Alternative = "greater",
        alpha: float = 0.05,
    ) -> None:
        self._low, self._high = require.bounds(bounds)
        self._claim = _claim(mean, self._low, self._high)
        self._alternative = _alternative(alternative)
        self.alpha = require.fraction(alpha, "alpha")
        self._forecast = betting.Forecast()
        self._up = 0.0
        self._down = 0.0
        self._peak = 0.0

    def update(self, x: float) -> None:
        """Take the next value."""
        unit = _unit(x, self._low, self._high)
        m = self._claim
        edge = self._forecast.mean - m
        stake = edge / (self._forecast.variance + edge**2)
        self._up += math.log1p(min(max(stake, 0.0), LARGEST_STAKE / m) * (unit - m))
        self._down += math.log1p(max(min(stake, 0.0), -LARGEST_STAKE / (1 - m)) * (unit - m))
        self._forecast.update(unit)
        self._peak = max(self._peak, self._log_value())

    @property
    def n(self) -> int:
        """Values seen."""
        return self._forecast.n

    @property
    def value(self) -> float:
        """The capital now: 1 at the start, at least ``1/alpha`` rejects."""
        return math.exp(min(self._log_value(), _LARGEST_LOG))

    @property
    def p_value(self) -> float:
        """Anytime-valid p-value: one over the largest capital so far."""
        return math.exp(-self._peak)

    @property
    def rejected(self) -> bool:
        """Whether the capital has ever reached ``1/alpha``."""
        return self._peak >= -math.log(self.alpha)

    def _log_value(self) -> float:
        if self._alternative == "greater":
            return self._up
        if self._alternative == "less":
            return self._down
        return float(np.logaddexp(self._up, self._down)) - math.log(2)


def e_process(
    values: ArrayLike,
    *,
    mean: float,
    bounds: tuple[float, float] = (0.0, 1.0),
    alternative: Alternative = "greater",
) -> Floats:
    """The capital of ``EProcess`` after each value, shape ``(len(values),)``.

    >>> e_process([1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], mean=0.5).round(2)[[0, 1, 2, -1]]
    array([ 1.  ,  1.57,  0.41, 33.96])
    """
    array = require.sample(values, "values")
    low, high = require.bounds(bounds, array)
    m = _claim(mean, low, high)
    _alternative(alternative)
    unit = (array - low) / (high - low)
    guesses, variances = betting.predictions(unit)
    stakes = (guesses - m) / (variances + (guesses - m) ** 2)
    up = np.cumsum(np.log1p(np.clip(stakes, 0, LARGEST_STAKE / m) * (unit - m)))
    down = np.cumsum(np.log1p(np.clip(stakes, -LARGEST_STAKE / (1 - m), 0) * (unit - m)))
    logs = {"greater": up, "less": down, "two-sided": np.logaddexp(up, down) - math.log(2)}
    capital: Floats = np.exp(np.minimum(logs[alternative], _LARGEST_LOG))
    return capital


class ConfidenceSequence:
    """Limits of a mean that hold at all times at once, so that one may stop when they please.

    Hedged capital of Waudby-Smith and Ramdas (2024, section 4, arXiv 2010.09686): each claimed
    mean on a grid is bet against upwards and downwards, and is out for good once either capital
    reaches ``2/alpha``. Limits are rounded outwards to the grid.

    Args:
        bounds: what a value can be at least and at most.
        confidence: that the mean is never outside the limits, at any time.
        cells: of the grid over the bounds; the limits are that fine.

    Raises:
        StatisticsError: bad bounds, confidence or cells; from ``update``, a value that is NaN or
            outside the bounds.

    >>> rng = np.random.default_rng(0)
    >>> sequence = ConfidenceSequence()
    >>> for x in rng.random(1000) < 0.9:
    ...     sequence.update(x)
    >>> round(sequence.interval.low, 3), round(sequence.interval.high, 3)
    (0.845, 0.924)
    """

    def __init__(
        self,
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        confidence: float = 0.95,
        cells: int = 1_000,
    ) -> None:
        self._bounds = require.bounds(bounds)
        self.confidence = require.fraction(confidence, "confidence")
        self._grid = np.linspace(0, 1, require.count(cells, "cells", least=10) + 1)
        self._rich = math.log(2 / (1 - confidence))
        self._up = np.zeros((len(self._grid), 1))
        self._down = np.zeros((len(self._grid), 1))
        self._low = 0.0
        self._high = 1.0
        self._forecast = betting.Forecast()

    def update(self, x: float) -> None:
        """Take the next value."""
        low, high = self._bounds
        unit = _unit(x, low, high)
        t = self.n + 1
        stake = math.sqrt(2 * self._rich / (self._forecast.variance * t * math.log1p(t)))
        value, stakes = np.array([unit]), np.array([stake])
        self._up += betting.log_capital(value, stakes, claimed=self._grid, upwards=True)
        self._down += betting.log_capital(value, stakes, claimed=self._grid, upwards=False)
        self._forecast.update(unit)
        self._low = max(self._low, float(_largest(self._up >= self._rich, self._grid)[0]))
        self._high = min(self._high, float(_smallest(self._down >= self._rich, self._grid)[0]))

    @property
    def n(self) -> int:
        """Values seen."""
        return self._forecast.n

    @property
    def interval(self) -> Interval:
        """The limits now, in the unit of the values."""
        low, high = self._bounds
        span = high - low
        return Interval(
            estimate=low + span * (self._forecast.total / self.n if self.n else 0.5),
            low=low + span * self._low,
            high=low + span * self._high,
            confidence=self.confidence,
            n=self.n,
            method="betting-sequence",
        )


def confidence_sequence(
    values: ArrayLike,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
    cells: int = 1_000,
) -> Band:
    """The limits of ``ConfidenceSequence`` after each value; arrays of ``len(values)``.

    >>> rng = np.random.default_rng(0)
    >>> band = confidence_sequence(rng.random(1000) < 0.9)
    >>> band.low[[9, 99, 999]].round(3), band.high[[9, 99, 999]].round(3)
    (array([0.458, 0.778, 0.845]), array([1.   , 0.949, 0.924]))
    """
    array = require.sample(values, "values")
    low, high = require.bounds(bounds, array)
    alpha = 1 - require.fraction(confidence, "confidence")
    grid = np.linspace(0, 1, require.count(cells, "cells", least=10) + 1)
    unit = (array - low) / (high - low)
    stakes = betting.bets(unit, alpha=alpha)
    rich = math.log(2 / alpha)
    up, down = np.zeros((len(grid), 1)), np.zeros((len(grid), 1))
    lows, highs = np.empty(len(unit)), np.empty(len(unit))
    # In blocks, because grid times values would not fit in memory for long streams.
    for start in range(0, len(unit), _BLOCK):
        part = slice(start, start + _BLOCK)
        gains = betting.log_capital(unit[part], stakes[part], claimed=grid, upwards=True) + up
        losses = betting.log_capital(unit[part], stakes[part], claimed=grid, upwards=False) + down
        up, down = gains[:, -1:], losses[:, -1:]
        lows[part] = _largest(gains >= rich, grid)
        highs[part] = _smallest(losses >= rich, grid)
    return Band(
        low=low + (high - low) * np.maximum.accumulate(lows),
        high=low + (high - low) * np.minimum.accumulate(highs),
        confidence=confidence,
    )


class SequentialGate:
    """Non-inferiority of paired differences that stops as soon as the verdict is certain.

    The verdict is ``pass`` once "the candidate is worse by ``margin`` or more" is refuted, ``fail``
    once "it is worse by ``margin`` at most" is, and stays. A candidate that is worse by exactly
    the margin passes in at most ``1 - confidence`` of all suites, however often one looks. Feed
    cases in random order: sorted ones break the assumption of a constant mean.

    Args:
        margin: largest loss that is acceptable, in the unit of the differences, 0 or more.
        bounds: what a difference (candidate minus baseline) can be at least and at most.
        confidence: of each verdict.

    Raises:
        StatisticsError: a margin outside the bounds; from ``update``, a difference that is NaN or
            outside the bounds.

    >>> gate = SequentialGate(0.05)
    >>> while gate.verdict == "inconclusive":
    ...     gate.update(0.0)
    >>> gate.verdict, gate.n
    ('pass', 85)
    """

    def __init__(
        self,
        margin: float,
        *,
        bounds: tuple[float, float] = (-1.0, 1.0),
        confidence: float = 0.95,
    ) -> None:
        self.margin = require.number(margin, "margin")
        if margin < 0:
            raise StatisticsError(
                f"margin is {margin!r}; say how much worse is acceptable, 0 or more"
            )
        alpha = 1 - require.fraction(confidence, "confidence")
        self._good = EProcess(-margin, bounds=bounds, alternative="greater", alpha=alpha)
        self._bad = EProcess(-margin, bounds=bounds, alternative="less", alpha=alpha)
        self._verdict: Verdict = "inconclusive"

    def update(self, x: float) -> None:
        """Take the next difference, candidate minus baseline."""
        self._good.update(x)
        self._bad.update(x)
        if self._verdict == "inconclusive":
            if self._good.rejected:
                self._verdict = "pass"
            elif self._bad.rejected:
                self._verdict = "fail"

    @property
    def n(self) -> int:
        """Differences seen."""
        return self._good.n

    @property
    def value(self) -> float:
        """Evidence that the candidate is good enough; ``1/alpha`` passes."""
        return self._good.value

    @property
    def verdict(self) -> Verdict:
        """``pass``, ``fail`` or, until one of them is certain, ``inconclusive``."""
        return self._verdict


def _largest(out: NDArray[np.bool_], grid: Floats) -> Floats:
    """Of each column, the largest claimed mean that is out; 0 while none is."""
    return np.asarray(np.where(out, grid[:, np.newaxis], 0.0).max(axis=0))


def _smallest(out: NDArray[np.bool_], grid: Floats) -> Floats:
    """Of each column, the smallest claimed mean that is out; 1 while none is."""
    return np.asarray(np.where(out, grid[:, np.newaxis], 1.0).min(axis=0))


def _claim(mean: float, low: float, high: float) -> float:
    if not low < mean < high:
        raise StatisticsError(
            f"mean is {mean!r}; it must lie strictly inside bounds {(low, high)!r}"
        )
    return (mean - low) / (high - low)


def _unit(x: float, low: float, high: float) -> float:
    if not low <= x <= high:
        raise StatisticsError(
            f"{x!r} is outside bounds {(low, high)!r}; drop it or widen the bounds"
        )
    return (float(x) - low) / (high - low)


def _alternative(name: Alternative) -> Alternative:
    if name not in ("greater", "less", "two-sided"):
        raise StatisticsError(f"alternative is {name!r}; use 'greater', 'less' or 'two-sided'")
    return name
