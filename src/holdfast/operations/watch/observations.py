"""Watching a project: figures of its decisions."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.moment import Cut
from holdfast.errors import UsageError
from holdfast.observation.columns import Columns
from holdfast.observation.duration import DAY, duration
from holdfast.observation.fact import Fact, facts
from holdfast.observation.measure import measure
from holdfast.observation.metrics import Rows, rows
from holdfast.observation.wording import Wording, wordings
from holdfast.operations.build import embedder_identity
from holdfast.operations.system import System
from holdfast.operations.watch.processes import Process, Processes
from holdfast.ports.ledger import Query

LATELY = "24h"
"""How far back figures look unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Status:
    """How an environment does: whether it works, and whether it is right."""

    environment: str
    since: int
    until: int
    groups: tuple[Rows, ...]
    processes: tuple[Process, ...] = ()
    """What the project's servers on this machine take of it now."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time to look at, microseconds since 1970 UTC."""

    since: int
    until: int


class Observations:
    """What a project's decisions tell: ``Observations(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def span(self, environment: str | None, *, since: str = LATELY, at: str | None = None) -> Span:
        """From ``since`` (a duration, 6h, or a time) until a moment. Raises ``UsageError``."""
        until = self._time(environment, at) if at else self._system.clock.now()
        try:
            start: int | None = until - duration(since)
        except UsageError:
            start = self._system.clock.parse(since)
        if start is None:
            raise UsageError(f"{since!r} is no time; write 30m, 6h, 7d, or '2 days ago'")
        if start >= until:
            raise UsageError(f"{since!r} is not before the moment that is looked at")
        return Span(start, until)

    def facts(self, environment: str | None, span: Span) -> list[Fact]:
        """The decisions of a time, each a row; also those of timelines that were left."""
        return facts(
            self._system.ledger, self._name(environment), since=span.since, before=span.until
        )

    def columns(self, environment: str | None, span: Span) -> Columns:
        """As ``facts``, for figures: from kept rows, and what was added since."""
        name = self._name(environment)
        return self._system.rollups().columns(name, since=span.since, before=span.until)

    def status(
        self,
        environment: str | None = None,
        *,
        since: str = LATELY,
        at: str | None = None,
        by: str = "",
    ) -> Status:
        """The execution row and the decision row of a time, whole or by group."""
        name = self._name(environment)
        span = self.span(name, since=since, at=at)
        groups = rows(self.columns(name, span), since=span.since, until=span.until, by=by)
        running = () if at else Processes(self._system).all()
        return Status(name, span.since, span.until, groups, running)

    def wordings(
        self,
        environment: str | None = None,
        *,
        since: str = "30d",
        at: str | None = None,
        by: str = "resolved",
    ) -> tuple[Wording, ...]:
        """Wordings of one intent held against each other by a measure, the worst first."""
        embedder = self._system.embedders(embedder_identity(self._system.settings))
        found = self.facts(environment, self.span(environment, since=since, at=at))
        return wordings(found, measure(by), embed=embedder.embed)

    def _name(self, environment: str | None) -> str:
        return self._system.head(
            environment or self._system.settings.project.environment
        ).environment

    def _time(self, environment: str | None, at: str) -> int:
        """When the change was that a moment names."""
        cut = self._system.cut(self._name(environment), at)
        return self._at(cut)

    def _at(self, cut: Cut) -> int:
        query = Query(within=cut, newest_first=True, limit=1)
        return next((commit.at for commit, _ in self._system.ledger.history(query)), DAY)
