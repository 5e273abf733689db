"""What is watched in a project: ``monitors.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from holdfast.domain.digest import digest
from holdfast.errors import UsageError
from holdfast.observation.declared import listed, read, validated
from holdfast.observation.drift.signal import signal
from holdfast.observation.duration import DAY, HOUR, duration, written

__all__ = ["FILE", "Monitor", "Monitors", "load", "parse"]

FILE = "monitors.toml"
SHARED = ("window", "reference", "alarm_rate", "floor", "season")
"""Keys that may stand above the monitors, too."""
FEWEST, MANY = 40, 1_000_000
"""Decisions of a reference."""
LONGEST = 400 * DAY
FIRST = 4
"""Windows of decisions that a reference of some time begins with: it grows."""
Fraction = Annotated[float, Field(gt=0, lt=0.5)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Monitor(BaseModel):
    """Signals that are watched together, and have one reference and one alarm."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    watch: Annotated[tuple[str, ...], Field(min_length=1)]
    severity: Literal["damage", "page", "ticket", "none"] = "damage"
    """``damage``: a page where decisions are worse for it, else a ticket; ``none``: no alarm."""
    window: Annotated[int, Field(ge=20, le=100_000)] = 100
    reference: int | str = 500
    """How many decisions are taken for usual, or those of how long a time: ``28d``."""
    alarm_rate: Fraction = 0.01
    floor: Annotated[float, Field(ge=0, lt=1)] = 0.1
    season: Literal["auto", "none", "day", "week", "year"] = "auto"
    """What a window is compared with: the reference of the same phases. ``auto`` looks for them."""

    @field_validator("window", mode="before")
    @classmethod
    def _counted(cls, given: Any) -> Any:
        if isinstance(given, str):
            raise ValueError(  # noqa: TRY004 - pydantic tells ValueErrors to people
                f"{given!r} is no number of decisions, which a window is: from when a move is an "
                "alarm depends on it. A reference may be a time"
            )
        return given

    @field_validator("reference")
    @classmethod
    def _written(cls, given: int | str) -> int | str:
        if isinstance(given, int):
            if not FEWEST <= given <= MANY:
                raise ValueError(f"{given:,} decisions; give {FEWEST} to {MANY:,}, or '28 days'")
            return given
        try:
            length = duration(given)
        except UsageError as e:
            raise ValueError(f"{e}, or a number of decisions") from e
        if not HOUR <= length <= LONGEST:
            raise ValueError(f"{given!r} is too short or too long; give 1 hour to 400 days")
        return written(length)

    @field_validator("watch")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                signal(name)
            except UsageError as e:
                raise ValueError(str(e)) from e
        return names

    @model_validator(mode="after")
    def _large_enough(self) -> Monitor:
        if isinstance(self.reference, int) and self.reference < 2 * self.window:
            raise ValueError("reference must be twice the window at least")
        return self

    @property
    def lasts(self) -> int:
        """How long the reference is, in microseconds; 0 where it is a number of decisions."""
        return duration(self.reference) if isinstance(self.reference, str) else 0

    @property
    def first(self) -> int:
        """From how many decisions on a reference is made without anybody asking for it."""
        return self.reference if isinstance(self.reference, int) else FIRST * self.window

    @property
    def digest(self) -> str:
        """What a reference depends on: the signals, how many decisions or how long, a season."""
        told = {} if self.season == "auto" else {"season": self.season}
        return digest({"watch": list(self.watch), "reference": self.reference, **told})


class Monitors(BaseModel):
    """A whole ``monitors.toml``. What stands above the monitors holds for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_discoveries: Fraction = 0.05
    """Share of false ones among the signals said to have moved, over all monitors and days."""
    automatic: bool = True
    """Whether ``holdfast serve`` fits and calibrates monitors that have no reference yet."""
    monitors: tuple[Monitor, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, given: Any) -> Any:
        shared = {name: given[name] for name in SHARED if name in given}
        listed = given.get("monitors", [])
        if not isinstance(listed, list):
            return given
        rest = {key: value for key, value in given.items() if key not in shared}
        return {**rest, "monitors": [{**shared, **one} for one in listed]}

    @model_validator(mode="after")
    def _distinct(self) -> Monitors:
        names = [one.name for one in self.monitors]
        if len(set(names)) < len(names):
            raise ValueError("two monitors have one name")
        return self


def load(root: Path) -> Monitors:
    """The monitors of a project; none without the file. Raises ``SettingsError`` with the line."""
    return read(root / FILE, parse, empty=Monitors())


def parse(text: str, *, file: str = FILE) -> Monitors:
    """As ``load``, from a text.

    >>> parse('window = 50\\n[[monitors]]\\nname = "a"\\nwatch = ["latency"]').monitors[0].window
    50
    """
    return validated(Monitors, text, file=file, keys=listed("monitors"))
