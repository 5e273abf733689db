"""Alerts and what is sent of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

FIRING: Final = "firing"
RESOLVED: Final = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong since a time, or was until another; microseconds since 1970 UTC."""

    fingerprint: str
    """The same for the same trouble, from its beginning to its end."""
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: int
    ends_at: int | None = None

    @property
    def status(self) -> str:
        return FIRING if self.ends_at is None else RESOLVED


@dataclass(frozen=True, slots=True)
class Notice:
    """Alerts that are sent together to one receiver."""

    receiver: str
    group_key: str
    alerts: tuple[Alert, ...]
    group_labels: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Firing while one of them is."""
        return FIRING if any(a.status == FIRING for a in self.alerts) else RESOLVED

    def shared(self, part: str) -> dict[str, str]:
        """Labels or annotations (``part``) that all alerts have alike.

        >>> a = Alert("1", {"slo": "x", "severity": "page"}, {}, 1)
        >>> b = Alert("2", {"slo": "y", "severity": "page"}, {}, 1)
        >>> Notice("oncall", "g", (a, b)).shared("labels")
        {'severity': 'page'}
        """
        first, *others = (getattr(alert, part) for alert in self.alerts)
        return {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}
