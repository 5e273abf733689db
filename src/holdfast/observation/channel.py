"""Who is told of alerts: ``alerts.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from holdfast.domain.alert import Alert
from holdfast.observation.declared import listed, read, validated

FILE = "alerts.toml"


class Target(BaseModel):
    """One receiver. ``url_env`` names the environment variable that holds a secret URL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    kind: Literal["webhook", "apprise"] = "webhook"
    url: str = ""
    url_env: str = ""
    severities: tuple[Literal["page", "ticket"], ...] = ("page", "ticket")
    environments: tuple[str, ...] = ()
    resolved: bool = True
    """Whether the end of an alert is told too."""

    @model_validator(mode="after")
    def _one_url(self) -> Target:
        if bool(self.url) == bool(self.url_env):
            raise ValueError("give either url or url_env")
        return self

    def wants(self, alert: Alert) -> bool:
        """Whether this receiver is told of an alert."""
        return (
            alert.labels["severity"] in self.severities
            and (not self.environments or alert.labels["environment"] in self.environments)
            and (self.resolved or alert.ends_at is None)
        )


class Channels(BaseModel):
    """A whole ``alerts.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_pages_a_year: Annotated[float, Field(gt=0, le=1000)] = 0.5
    """What the exact test lets through, for each objective and window."""
    repeat_hours: Annotated[float, Field(gt=0, le=1000)] = 4.0
    """How often a firing alert is told again."""
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Channels:
        names = [target.name for target in self.targets]
        if len(set(names)) < len(names):
            raise ValueError("two targets have one name")
        return self


def load(root: Path) -> Channels:
    """The receivers of a project; none without the file. Raises ``SettingsError`` with the line."""
    return read(root / FILE, parse, empty=Channels())


def parse(text: str, *, file: str = FILE) -> Channels:
    """As ``load``, from a text.

    >>> parse('[[targets]]\\nname = "oncall"\\nurl = "http://127.0.0.1:9"').targets[0].kind
    'webhook'
    """
    return validated(Channels, text, file=file, keys=listed("targets"))
