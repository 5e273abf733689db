"""How far a column is from its reference, window after window, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from holdfast.observation.drift.issue import Issue
from holdfast.observation.drift.verdict import Aspect
from holdfast.statistics import require
from holdfast.statistics.drift.registry import BATCH, Kind, batch

__all__ = ["FLOORS", "TOGETHER", "Curve", "Curves", "Watch"]

TOGETHER = "(together)"
"""All columns of numbers as one: moves when they stand to each other otherwise than they did."""
FLOORS: Mapping[str, float] = MappingProxyType(
    {
        "ks": 0.1,
        "wasserstein": 0.25,
        "psi": 0.06,
        "jensen_shannon": 0.09,
        "chi_square": 0.1,
        "energy": 0.015,
        "domain_classifier": 0.14,
        "mmd": 0.1,
        "frechet": 0.05,
    }
)
"""Effects that a shift by a quarter of a deviation has; smaller ones are harmless."""
_USUAL: Mapping[Kind, str] = MappingProxyType(
    {"numbers": "ks", "labels": "chi_square", "points": "domain_classifier"}
)
_JOINT = "frechet"


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows of a window, and when one is an alarm.

    ``detectors`` are names of batch detectors; each kind of column takes the last that can judge
    it, else its usual one. Of calm windows ``alarm_rate`` are alarms, and of the columns that are
    said to have moved ``alpha`` did not. ``floor`` is an effect in the detector's unit; None is a
    shift by a quarter of a deviation.
    """

    window: int = 500
    detectors: tuple[str, ...] = ()
    alarm_rate: float = 0.01
    alpha: float = 0.05
    floor: float | None = None

    def __post_init__(self) -> None:
        require.count(self.window, "window", least=20)
        require.fraction(self.alarm_rate, "alarm_rate")
        require.fraction(self.alpha, "alpha")
        for name in self.detectors:
            batch(name)

    def detector(self, kind: Kind) -> str:
        """What judges columns of a kind."""
        able = [name for name in self.detectors if kind in BATCH[name].kinds]
        return able[-1] if able else _USUAL[kind]

    @property
    def joint(self) -> str:
        """What judges all numbers together."""
        able = [name for name in self.detectors if "points" in BATCH[name].kinds]
        return able[-1] if able else _JOINT


@dataclass(frozen=True, slots=True)
class Curve:
    """One aspect of one column over all windows, in order.

    ``statistics`` and ``effects`` are None where a window had too few values. ``p_value`` is of as
    many alarms by chance; ``adjusted`` is the smallest alpha at which the column has moved.
    """

    column: str
    aspect: Aspect
    detector: str
    threshold: float
    floor: float
    statistics: tuple[float | None, ...]
    effects: tuple[float | None, ...]
    alarms: tuple[bool, ...]
    p_value: float
    adjusted: float = 1.0
    moved: bool = False

    @property
    def since(self) -> int | None:
        """The first window of alarm."""
        return self.alarms.index(True) if any(self.alarms) else None

    @property
    def most(self) -> float:
        """The largest effect of a window; 0 where none could be judged."""
        return max((effect for effect in self.effects if effect is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class Curves:
    """Columns over the windows of a file, those that moved first.

    ``starts`` are rows from 0, ``times`` what the column of the time says there, if one is named.
    """

    reference: str
    current: str
    watch: Watch
    starts: tuple[int, ...]
    times: tuple[str, ...]
    curves: tuple[Curve, ...]
    issues: tuple[Issue, ...]

    @property
    def moved(self) -> tuple[Curve, ...]:
        return tuple(curve for curve in self.curves if curve.moved)

    @property
    def verdict(self) -> Literal["moved", "calm", "undecided"]:
        """``undecided`` when nothing could be judged."""
        if not self.curves:
            return "undecided"
        return "moved" if self.moved else "calm"

    def name(self, window: int) -> str:
        """Of a window: its time, else its first row, from 1."""
        return self.times[window] if self.times else f"row {self.starts[window] + 1:,}"
