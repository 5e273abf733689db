"""The objectives of a project, and how they stand."""

from __future__ import annotations

from holdfast.errors import NotFoundError
from holdfast.observation import openslo
from holdfast.observation.duration import DAY
from holdfast.observation.objective import Objective, Report, Standing, report, standing
from holdfast.observation.rules import rules
from holdfast.observation.series import Series, series, step
from holdfast.operations.system import System
from holdfast.operations.watch.observations import Observations, Span

LEAST = 28 * DAY
"""How far back the slowest alert may look."""
MONTH = "30d"
"""How far back a series goes unless told otherwise."""


class Objectives:
    """What is promised in ``slos/*.yaml``: ``Objectives(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def all(self) -> tuple[Objective, ...]:
        """By name. Raises ``SettingsError`` that names file and line."""
        return openslo.load(self._system.root / openslo.FOLDER)

    def named(self, name: str) -> tuple[Objective, ...]:
        """All, or the one of a name. Raises ``NotFoundError``."""
        known = self.all()
        chosen = tuple(one for one in known if name in ("", one.name))
        if name and not chosen:
            there = ", ".join(one.name for one in known) or "none yet; write slos/NAME.yaml"
            raise NotFoundError(f"no objective {name!r}; there are {there}")
        return chosen

    def standings(
        self, name: str = "", *, environment: str | None = None, at: str | None = None
    ) -> tuple[Standing, ...]:
        """Budget and burn of every objective (or one), now or as of a moment."""
        chosen = self.named(name)
        if not chosen:
            return ()
        room = Observations(self._system)
        until = room.span(environment, at=at).until
        since = until - max(LEAST, *(one.window for one in chosen))
        columns = room.columns(environment, Span(since, until))
        return tuple(standing(one, columns, now=until) for one in chosen)

    def reports(
        self, name: str = "", *, environment: str | None = None, at: str | None = None
    ) -> tuple[Report, ...]:
        """As ``standings``, for people and programs."""
        return tuple(map(report, self.standings(name, environment=environment, at=at)))

    def series(
        self,
        name: str = "",
        *,
        environment: str | None = None,
        since: str = MONTH,
        at: str | None = None,
        by: str = "hour",
    ) -> tuple[Series, ...]:
        """Good decisions of all by hour or day, of every objective or one."""
        chosen = self.named(name)
        step(by)
        room = Observations(self._system)
        span = room.span(environment, since=since, at=at)
        columns = room.columns(environment, span)
        return tuple(
            series(one, columns, since=span.since, until=span.until, by=by) for one in chosen
        )

    def export(self, name: str = "", *, environment: str | None = None) -> str:
        """Rules for Prometheus."""
        where = environment or self._system.settings.project.environment
        return rules(self.named(name), environment=where)
