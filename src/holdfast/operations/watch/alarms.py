"""Monitors raise alerts: what moved, on the path that objectives' alerts take."""

from __future__ import annotations

from holdfast.observation.alert import Raised
from holdfast.observation.drift.cost import Cost, costs
from holdfast.observation.drift.decide import Decided
from holdfast.observation.drift.monitor import Monitor
from holdfast.operations.system import System
from holdfast.operations.watch.incidents import Evidence
from holdfast.operations.watch.monitors import Checked, Kept, Monitors, Standing, newest
from holdfast.operations.watch.movement import LOOKED, gather

__all__ = ["PREFIX", "Alarms"]

PREFIX = "drift:"
PAGE, TICKET = "page", "ticket"
RUNNING = ("latency", "tokens", "cost")
"""What costs time and money, but makes no answer worse: objectives page for these."""
NAMED = 3
"""Signals that a summary names."""


class Alarms:
    """What the monitors of a project raise: ``Alarms(system)``.

    Looks anew only when there are new decisions or another reference. Whoever else looks at the
    same monitors may pass theirs.
    """

    def __init__(self, system: System, *, monitors: Monitors | None = None) -> None:
        self._system = system
        self._monitors = monitors or Monitors(system)
        self._last: dict[str, tuple[tuple[int, dict[str, Kept]], Checked]] = {}
        self._costs: dict[str, tuple[Cost, ...]] = {}

    def check(self, environment: str) -> Checked:
        """What every monitor says now; nothing is written."""
        state = (newest(self._system.ledger), self._monitors.kept(environment))
        known = self._last.get(environment)
        if known is None or known[0] != state:
            known = self._last[environment] = (state, self._monitors.check(environment))
            self._costs.clear()
        return known[1]

    def firing(self, environment: str, *, now: int) -> list[Raised]:
        """An alert for each monitor of which a signal moved. Raises ``SettingsError``."""
        if not self._monitors.settings().monitors:
            return []
        checked = self.check(environment)
        found = []
        for standing in checked.standings:
            moved = [one for one in checked.moved if one.monitor == standing.monitor.name]
            if moved and standing.monitor.severity != "none":
                found.append(self._raise(standing, moved, environment=environment, now=now))
        return found

    def last(self, environment: str) -> Checked | None:
        """What the monitors said when they were looked at last."""
        known = self._last.get(environment)
        return known[1] if known else None

    def evidence(self, alert: Raised) -> Evidence:
        """When the farthest move of a monitor began, and what on the ledger may be why."""
        checked = self.check(alert.environment)
        name = alert.slo.removeprefix(PREFIX)
        standing = next(one for one in checked.standings if one.monitor.name == name)
        one = next(one for one in checked.moved if one.monitor == name)
        return gather(one, standing, monitors=self._monitors).evidence

    def _raise(
        self, standing: Standing, moved: list[Decided], *, environment: str, now: int
    ) -> Raised:
        monitor = standing.monitor
        worse = [one for one in self._worse(standing) if one.worse]
        told = "; ".join(
            f"{one.finding.signal} ({one.finding.detail})" for one in moved[:NAMED]
        ) + ("" if len(moved) <= NAMED else f" and {len(moved) - NAMED} more")
        harm = ", ".join(f"{c.measure} {c.before:.3g} → {c.now:.3g}" for c in worse[:NAMED])
        rate = max(one.finding.effect / max(one.finding.floor, 0.01) for one in moved)
        return Raised(
            environment,
            f"{PREFIX}{monitor.name}",
            _severity(monitor, harmed=any(one.measure not in RUNNING for one in worse)),
            now,
            None,
            "",
            f"{monitor.name} in {environment} moved: {told}. "
            + (f"It costs: {harm}." if harm else "No figure of the decisions is worse."),
            rate,
            len(moved),
            len(standing.judged.findings) if standing.judged else 0,
        )

    def _worse(self, standing: Standing) -> tuple[Cost, ...]:
        name = standing.monitor.name
        if name not in self._costs and standing.kept is not None and standing.judged is not None:
            before = self._monitors.rows(standing.kept, most=LOOKED)
            self._costs[name] = costs(before, standing.judged.window)
        return self._costs.get(name, ())


def _severity(monitor: Monitor, *, harmed: bool) -> str:
    if monitor.severity == "damage":
        return PAGE if harmed else TICKET
    return monitor.severity
