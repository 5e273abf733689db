"""Page-Hinkley: a rise of a mean, by a cumulated sum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from holdfast.statistics import require
from holdfast.statistics.drift.block_length import block_length

__all__ = ["PageHinkley"]

_STREAMS = 20
_CALM = 0.6
"""Share of them that must stay below the threshold; e^-1 would, were it known exactly."""
_TOLERATED = 0.1
"""Of the reference's deviation: rises of twice as much are seen best."""


class PageHinkley:
    """Alarm when the sum of deviations from the running mean climbs ``threshold`` above its low.

    ``U_t = sum (x_i - mean_i - tolerance)``, alarm at ``U_t - min U > threshold`` (E. S. Page
    1954, Continuous inspection schemes, Biometrika 41, 100-115; D. Hinkley 1971). Simple and
    known, but how often it is wrong depends on the data: ``calibrated`` finds the threshold for a
    run length. Prefer ``shiryaev_roberts`` for bounded losses.

    Args:
        threshold: height of the climb, in the unit of the values; lower is faster and less calm.
        tolerance: rise per row that does not count.
        warm_up: rows before the first alarm.

    Raises:
        StatisticsError: a threshold not above 0, a negative tolerance or warm-up that is not a
            number; from ``update``, a value that is not finite.

    >>> detector = PageHinkley(threshold=5.0)
    >>> for x in [0.0] * 100 + [1.0] * 10:
    ...     detector.update(x)
    >>> detector.drifted, detector.alarm_at
    (True, 106)
    """

    def __init__(
        self, *, threshold: float = 50.0, tolerance: float = 0.005, warm_up: int = 30
    ) -> None:
        self.threshold = require.positive(threshold, "threshold")
        self.tolerance = require.number(tolerance, "tolerance")
        self.warm_up = require.count(warm_up, "warm_up", least=0)
        self.n = 0
        self.alarm_at: int | None = None
        self._mean = 0.0
        self._sum = 0.0
        self._lowest = 0.0

    @classmethod
    def calibrated(
        cls, reference: ArrayLike, *, run_length: float = 100_000.0, seed: int = 0
    ) -> PageHinkley:
        """A detector that without a change alarms once in ``run_length`` rows or less often.

        Streams of that length are made of random blocks of the reference (H. R. Kunsch 1989, Annals
        of Statistics 17, 1217-1241), as long as its rows hang together; most of them must stay
        below the threshold. A reference that never varies gives the customary settings.

        Args:
            reference: numbers from before, in the order they came, some hundreds.
            run_length: rows between false alarms, on average, at least.
            seed: of the streams.

        Raises:
            StatisticsError: an empty reference, NaN, a run length not above 0.

        >>> rng = np.random.default_rng(0)
        >>> detector = PageHinkley.calibrated(rng.normal(size=500))
        >>> for x in rng.normal(1.0, size=10):
        ...     detector.update(x)
        >>> detector.drifted
        False
        """
        rows = require.sample(reference, "reference")
        length = math.ceil(require.positive(run_length, "run_length"))
        deviation = float(rows.std())
        if deviation == 0:
            return cls()
        tolerance = _TOLERATED * deviation
        block = block_length(rows).block
        rng = np.random.default_rng(seed)
        heights = []
        for _ in range(_STREAMS):
            starts = rng.integers(0, len(rows) - block + 1, -(-length // block))
            places = (starts[:, np.newaxis] + np.arange(block)).ravel()[:length]
            values = rows[places]
            means = np.cumsum(values) / np.arange(1, length + 1)
            sums = np.cumsum(values - means - tolerance)
            lowest = np.minimum(np.minimum.accumulate(sums), 0.0)
            heights.append(float((sums - lowest).max()))
        threshold = float(np.quantile(heights, _CALM, method="higher"))
        return cls(threshold=max(threshold, tolerance), tolerance=tolerance)

    def update(self, x: float) -> None:
        """Take the next value."""
        value = require.number(x, "x")
        self.n += 1
        self._mean += (value - self._mean) / self.n
        self._sum += value - self._mean - self.tolerance
        self._lowest = min(self._lowest, self._sum)
        if self.alarm_at is None and self.n >= self.warm_up and self.value > self.threshold:
            self.alarm_at = self.n

    @property
    def value(self) -> float:
        """Height of the sum above its low, in the unit of the values."""
        return self._sum - self._lowest

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised."""
        return self.alarm_at is not None
