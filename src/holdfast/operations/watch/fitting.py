"""Monitors that have no reference yet get one by themselves, once there are enough decisions."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.errors import HoldfastError
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.duration import DAY
from holdfast.operations.system import System
from holdfast.operations.watch.monitors import Kept, Monitors, Progress, newest

__all__ = ["Fitting", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """What was done for one monitor, in words; ``error`` where it could not be."""

    monitor: str
    done: str
    error: str = ""


class Fitting:
    """Fits and calibrates what needs it, one monitor a step: ``Fitting(project.system)``.

    A monitor without a reference gets one of the newest decisions, once they are as many as it
    asks for. Where it asks for a time it begins with a few windows, and is made again over all
    there is whenever that has doubled, from a day on, until it is as long. One that watches other
    signals than its reference did is fitted to the same time again; one whose thresholds are of
    another window is calibrated again. What was refused is tried again after a window of decisions.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._monitors = Monitors(system)
        self._looked: dict[str, int] = {}
        self._retry: dict[tuple[str, str], int] = {}

    def step(
        self,
        environment: str,
        *,
        progress: Progress = lambda _name, _done, _total: None,
    ) -> Step | None:
        """The next monitor that waits for it; None when none does. Raises ``SettingsError``."""
        wanted = self._monitors.settings()
        if not wanted.automatic:
            return None
        known = self._monitors.kept(environment)
        now = self._system.clock.now()
        waiting = [one for one in wanted.monitors if not _ready(one, known.get(one.name), now=now)]
        if not waiting or not self._anew(environment, any(one.name in known for one in waiting)):
            return None
        least = {
            one.name: max(
                self._retry.get((environment, one.name), 0),
                0 if one.name in known else one.first,
            )
            for one in waiting
        }
        there = self._monitors.decisions(environment, most=max(least.values()))
        for monitor in waiting:
            kept = known.get(monitor.name)
            if there < least[monitor.name]:
                continue
            try:
                return self._do(monitor, kept, environment=environment, now=now, progress=progress)
            except HoldfastError as e:
                self._retry[environment, monitor.name] = (
                    max(there, least[monitor.name]) + monitor.window
                )
                return Step(monitor.name, "", str(e))
        self._looked[environment] = newest(self._system.ledger)
        return None

    def _anew(self, environment: str, begun: bool) -> bool:  # noqa: FBT001 - what is known of it
        """Whether there may be something to do: decisions came, or a reference lacks thresholds."""
        return begun or self._looked.get(environment) != newest(self._system.ledger)

    def _do(
        self,
        monitor: Monitor,
        kept: Kept | None,
        *,
        environment: str,
        now: int,
        progress: Progress,
    ) -> Step:
        name, monitors = monitor.name, self._monitors
        done = "calibrated"
        if kept is None or _grown(monitor, kept, now=now):
            (kept,) = monitors.fit(environment, name=name, automatic=True)
            done = f"fitted to {kept.among:,} decisions up to @{kept.until} and calibrated"
        elif kept.definition != monitor.digest:
            moment = f"@{kept.until}"
            monitors.fit(environment, name=name, at=moment, automatic=kept.automatic)
            done = f"fitted again to the decisions up to {moment} and calibrated"
        (made,) = monitors.calibrate(environment, name=name, progress=progress)
        return Step(name, f"{done} ({len(made.thresholds)} thresholds)")


def _grown(monitor: Monitor, kept: Kept, *, now: int) -> bool:
    """Whether what was made by itself of too short a time could be of twice as long by now."""
    if not kept.automatic or kept.lasts >= monitor.lasts:
        return False
    return now - (kept.ends - kept.lasts) >= min(monitor.lasts, max(DAY, 2 * kept.lasts))


def _ready(monitor: Monitor, kept: Kept | None, *, now: int) -> bool:
    return (
        kept is not None
        and not _grown(monitor, kept, now=now)
        and kept.definition == monitor.digest
        and bool(kept.calibration)
        and kept.window in (0, monitor.window)
    )
