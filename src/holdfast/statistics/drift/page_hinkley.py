"""Page-Hinkley: a rise of a mean, by a cumulated sum."""

from __future__ import annotations

from holdfast.statistics import require

__all__ = ["PageHinkley"]


class PageHinkley:
    """Alarm when the sum of deviations from the running mean climbs ``threshold`` above its low.

    ``U_t = sum (x_i - mean_i - tolerance)``, alarm at ``U_t - min U > threshold`` (E. S. Page
    1954, Continuous inspection schemes, Biometrika 41, 100-115; D. Hinkley 1971). Simple and
    known, but its false alarms depend on the data: prefer ``shiryaev_roberts`` for bounded losses.

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
