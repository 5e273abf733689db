"""Shiryaev-Roberts e-detector: a rise of a bounded loss, as soon as it can be known."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["ShiryaevRoberts"]

_LARGEST_STAKE = 0.95
_OVERFLOW = 1e300


class ShiryaevRoberts:
    """Alarm when the mean of losses in [0, 1] rises above what the reference had.

    A gambler starts at every row, betting that the loss has just gone up; ``value`` is what all of
    them own, ``M_t = (M_{t-1} + 1)(1 + bet (x_t - claim))``, averaged over the sizes of rise. If
    the mean is ``claim`` at most, the mean number of rows to the first alarm is at least
    ``run_length``, with no other assumption (J. Shin, A. Ramdas and A. Rinaldo 2024, E-detectors,
    arXiv 2203.03532, after A. N. Shiryaev 1963 and S. W. Roberts 1966).

    The base rate is learned, so it may be wrong by its standard error s, and n rows of being wrong
    multiply the capital by up to ``exp(n^2 bet^2 s^2 / 2)`` on average. The claim is put that much
    above the reference's mean for the n that an alarm takes: ``mean + s^2 log(run_length)/rise``.
    Counted over references, false alarms then come less than once in ``run_length`` rows;
    ``bench/statistics_drift.py`` measures it, and the delay.

    Args:
        reference: losses of rows known to be good, in [0, 1]; 100 at least, 2,000 to detect a
            doubling of 10 % in fewer than 180 rows.
        run_length: rows between false alarms, on average, at least.
        odds: sizes of rise to look for, as factors of the odds of the base rate (2.25 takes 10 %
            to 20 %); enlarged where the reference cannot tell so small a rise from its own error.

    Raises:
        StatisticsError: too short a reference, losses outside [0, 1], factors not above 1, or a
            base rate so near 1 that no rise can be told; from ``update``, a loss outside [0, 1].

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> detector = ShiryaevRoberts(rng.random(2000) < 0.1)
    >>> for wrong in rng.random(1000) < 0.1:
    ...     detector.update(wrong)
    >>> detector.drifted
    False
    >>> for wrong in rng.random(400) < 0.2:
    ...     detector.update(wrong)
    >>> detector.drifted, detector.alarm_at - 1000
    (True, 351)
    """

    def __init__(
        self,
        reference: ArrayLike,
        *,
        run_length: float = 100_000.0,
        odds: tuple[float, ...] = (1.75, 3.0),
    ) -> None:
        losses = require.sample(reference, "reference", least=100)
        require.bounds((0.0, 1.0), losses)
        self.run_length = require.positive(run_length, "run_length")
        if run_length <= math.e or not odds or min(odds) <= 1:
            raise StatisticsError(
                f"run_length is {run_length!r} and odds are {odds!r}; "
                "pass some thousand rows and factors above 1"
            )
        self._bets = _bets(losses, odds=odds, patience=math.log(run_length))
        self.n = 0
        self.alarm_at: int | None = None
        self._capital = [0.0] * len(self._bets)

    def update(self, x: float) -> None:
        """Take the loss of the next row."""
        loss = float(x)
        if not 0 <= loss <= 1:
            raise StatisticsError(f"loss is {x!r}; it must lie in [0, 1]")
        self.n += 1
        self._capital = [
            min((owned + 1) * (1 + stake * (loss - claim)), _OVERFLOW)
            for owned, (claim, stake) in zip(self._capital, self._bets, strict=True)
        ]
        if self.alarm_at is None and self.value >= self.run_length:
            self.alarm_at = self.n

    def reset(self) -> None:
        """Start again with the same reference, after an alarm was dealt with."""
        self.n = 0
        self.alarm_at = None
        self._capital = [0.0] * len(self._bets)

    @property
    def value(self) -> float:
        """What all gamblers own; ``run_length`` raises the alarm."""
        return sum(self._capital) / len(self._capital)

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised since the last reset."""
        return self.alarm_at is not None


def _bets(
    losses: Floats, *, odds: tuple[float, ...], patience: float
) -> tuple[tuple[float, float], ...]:
    """Claimed mean and stake for a rise of the odds by each factor."""
    # Half a loss of 0 and half a loss of 1 stand for what the reference has not seen.
    rows = len(losses) + 1
    mean = (float(losses.sum()) + 0.5) / rows
    variance = (float((losses**2).sum()) + 0.5) / rows - mean**2
    scale = variance / (mean * (1 - mean))
    error = math.sqrt(variance / rows)
    smallest = min(odds)
    least = max(_raised(mean, smallest), mean + error * math.sqrt(2 * patience))
    if least >= 1:
        raise StatisticsError(
            f"a reference of {len(losses)!r} rows with mean loss {mean:.3g} leaves no rise to "
            "detect; pass more rows, or 1 - loss to detect a fall"
        )
    bets = []
    for factor in odds:
        raised = _raised(least, factor / smallest)
        claim = mean + patience * error**2 / (raised - mean)
        # Once more with the error that a mean as high as the claim would have had.
        spread = scale * claim * (1 - claim)
        claim = mean + min(patience * spread / rows / (raised - mean), (raised - mean) / 2)
        stake = (raised - claim) / (scale * claim * (1 - claim))
        bets.append((claim, min(stake, _LARGEST_STAKE / claim)))
    return tuple(bets)


def _raised(rate: float, factor: float) -> float:
    """The rate whose odds are ``factor`` times those of ``rate``."""
    return rate * factor / (1 - rate + rate * factor)
