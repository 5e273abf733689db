"""Alerts as the ledger keeps them: what begins, what goes on, what has ended, whom to tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from holdfast.domain.alert import FIRING, RESOLVED, Alert
from holdfast.domain.digest import JsonObject, digest, short
from holdfast.domain.event import Event
from holdfast.observation.objective import Standing
from holdfast.ports.ledger import Ledger, Query

STORE, SILENCES, NOTICES = "alerts", "silences", "notices"
PAGE: Final = "page"
TICKET: Final = "ticket"


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert of an objective with its latest state."""

    environment: str
    slo: str
    severity: str
    since: int
    ended: int | None
    incident: str
    summary: str
    burn: float
    """Times as fast as allowed, when it was raised."""
    bad: int
    n: int

    @property
    def key(self) -> str:
        return f"{self.environment}/{self.slo}/{self.severity}"

    @property
    def state(self) -> str:
        return FIRING if self.ended is None else RESOLVED

    @property
    def labels(self) -> dict[str, str]:
        return {
            "alertname": self.slo,
            "environment": self.environment,
            "severity": self.severity,
            "slo": self.slo,
        }

    def event(self) -> Event:
        """The event that says so."""
        return Event(STORE, self.key, asdict(self))

    def told(self) -> Alert:
        """What is sent of it."""
        return Alert(
            short(digest([self.key, self.since])),
            self.labels,
            {
                "summary": self.summary,
                "description": f"See: holdfast incident show {self.incident}",
                "incident": self.incident,
            },
            self.since,
            self.ended,
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that nobody is told of until a time: those whose labels match."""

    id: str
    match: Mapping[str, str]
    until: int
    reason: str

    def covers(self, alert: Raised, *, now: int) -> bool:
        """Whether an alert is silent now."""
        labels = alert.labels
        return now < self.until and all(labels.get(k) == v for k, v in self.match.items())


@dataclass(frozen=True, slots=True)
class Notified:
    """That a receiver was told of a state of an alert, or could not be."""

    receiver: str
    key: str
    since: int
    state: str
    at: int
    attempts: int
    error: str = ""

    def event(self) -> Event:
        """The event that says so."""
        return Event(NOTICES, f"{self.receiver}/{self.key}", asdict(self))


def newest(ledger: Ledger, store: str, *, prefix: str = "") -> dict[str, JsonObject]:
    """The newest value of every key on any timeline: what happened is not rolled back."""
    found: dict[str, Any] = {}
    for _, entry in ledger.history(Query(store=store, prefix=prefix or None)):
        found[entry.key] = entry.value
    return {key: value for key, value in found.items() if value is not None}


def raised(ledger: Ledger, environment: str = "") -> list[Raised]:
    """Every alert there has been with its latest state, the newest first."""
    prefix = f"{environment}/" if environment else ""
    found = [Raised(**value) for value in newest(ledger, STORE, prefix=prefix).values()]
    return sorted(found, key=lambda one: -one.since)


def silences(ledger: Ledger) -> list[Silence]:
    """Every silence, also those that are over."""
    return [Silence(**value) for value in newest(ledger, SILENCES).values()]


def burning(standings: Sequence[Standing], *, environment: str, now: int) -> list[Raised]:
    """What objectives raise now: one alert for each severity that burns."""
    return [
        _raise(standing, severity, environment=environment, now=now)
        for standing in standings
        for severity in sorted({burn.window.severity for burn in standing.firing})
    ]


def changes(known: Iterable[Raised], firing: Iterable[Raised], *, now: int) -> list[Raised]:
    """Alerts that begin or end now: what fires, compared with what is known.

    An alert of an objective that is not promised any more has ended too.
    """
    before = {one.key: one for one in known if one.ended is None}
    began = [one for one in firing if before.pop(one.key, None) is None]
    return [*began, *(replace(one, ended=now) for one in before.values())]


def _raise(standing: Standing, severity: str, *, environment: str, now: int) -> Raised:
    burns = [one for one in standing.firing if one.window.severity == severity]
    worst = max(burns, key=lambda one: one.rate)
    promised = standing.objective
    summary = (
        f"{promised.name} in {environment}: {worst.bad} of {worst.n} decisions are bad, "
        f"{worst.rate:.1f} times as many as the target {promised.target:g} allows; "
        f"{max(standing.left, 0):.0%} of the error budget is left."
    )
    return Raised(
        environment, promised.name, severity, now, None, "", summary, worst.rate, worst.bad, worst.n
    )
