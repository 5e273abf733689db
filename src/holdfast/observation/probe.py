"""Fixed questions that are asked on a schedule: ``probes.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from holdfast.errors import NotFoundError, UsageError
from holdfast.observation.declared import Keys, read, validated
from holdfast.observation.duration import DAY, MINUTE, duration
from holdfast.settings import Name

FILE = "probes.toml"
YEAR = 365 * DAY


class Probe(BaseModel):
    """One question, how often it is asked, and what about its answers pages whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    every: str = "15m"
    """Time between two rounds."""
    samples: Annotated[int, Field(ge=1, le=50)] = 5
    """Answers of a round."""
    baseline: Annotated[int, Field(ge=30, le=1000)] = 60
    """Answers that say what is usual: a third tells how to look, the rest is compared with."""
    severity: Literal["page", "ticket"] = "page"
    """What is raised when answers have changed."""
    overlap: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Evidence that shares less with the baseline's, best passages first, raises a ticket."""

    @field_validator("every")
    @classmethod
    def _often(cls, every: str) -> str:
        try:
            length = duration(every)
        except UsageError as e:
            raise ValueError(str(e)) from e
        if length < MINUTE:
            raise ValueError(f"{every!r} is too often; once in a minute is the most")
        return every

    @property
    def period(self) -> int:
        """Microseconds between two rounds."""
        return duration(self.every)

    @property
    def rounds_a_year(self) -> float:
        return YEAR / self.period


class Schedule(BaseModel):
    """A whole ``probes.toml``. A limit of 0 is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens_per_day: Annotated[int, Field(ge=0)] = 0
    dollars_per_day: Annotated[float, Field(ge=0)] = 0.0
    """What all probes of an environment may use in a UTC day; then they wait for the next."""
    environments: tuple[Name, ...] = ()
    """Where ``serve`` asks them; none: in the project's own."""
    probes: dict[Name, Probe] = {}

    def named(self, name: str) -> Probe:
        """The probe of a name. Raises ``NotFoundError`` that lists those there are."""
        if name not in self.probes:
            there = ", ".join(self.probes) or f"none yet; write {FILE}"
            raise NotFoundError(f"no probe {name!r}; there are {there}")
        return self.probes[name]


def load(root: Path) -> Schedule:
    """The probes of a project; none without the file. Raises ``SettingsError`` with the line."""
    return read(root / FILE, parse, empty=Schedule())


def parse(text: str, *, file: str = FILE) -> Schedule:
    """As ``load``, from a text.

    >>> parse('[probes.returns]\\nquestion = "May I return shoes?"').probes["returns"].samples
    5
    """
    return validated(Schedule, text, file=file, keys=_keys)


def _keys(place: Sequence[Any]) -> Keys:
    """A probe is a table of its own, ``[probes.NAME]``."""
    names = [str(part) for part in place]
    return ".".join(names), [".".join(names[:2]), *names[2:]] if len(names) > 1 else names
