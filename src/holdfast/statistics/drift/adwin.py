"""ADWIN, as river implements it: a mean over a window that shrinks where the mean changes."""

from __future__ import annotations

import importlib
from typing import Any

from holdfast.errors import UsageError
from holdfast.statistics import require

__all__ = ["Adwin"]


class Adwin:
    """Adaptive windowing of A. Bifet and R. Gavalda (2007, SIAM SDM, 443-448), from river.

    Remembers no reference, so it also follows a slow change; fast, and calm at its default.

    Args:
        delta: river's confidence parameter; lower is slower and calmer.

    Raises:
        UsageError: river is not installed.
        StatisticsError: delta outside (0, 1); from ``update``, a value that is not finite.

    Example, where river is installed::

        detector = Adwin()
        for loss in losses:
            detector.update(loss)
        detector.drifted
    """

    def __init__(self, *, delta: float = 0.002) -> None:
        require.fraction(delta, "delta")
        self._detector = _river().ADWIN(delta=delta)
        self.n = 0
        self.alarm_at: int | None = None

    def update(self, x: float) -> None:
        """Take the next value."""
        self._detector.update(require.number(x, "x"))
        self.n += 1
        if self.alarm_at is None and self._detector.drift_detected:
            self.alarm_at = self.n

    @property
    def value(self) -> float:
        """The mean of the window now, in the unit of the values."""
        return float(self._detector.estimation)

    @property
    def drifted(self) -> bool:
        """Whether the alarm has been raised."""
        return self.alarm_at is not None


def _river() -> Any:
    try:
        return importlib.import_module("river.drift")
    except ImportError as e:
        raise UsageError(
            "ADWIN needs river, which is not installed; pip install 'holdfast[drift]', "
            "or use shiryaev_roberts, which needs nothing"
        ) from e
