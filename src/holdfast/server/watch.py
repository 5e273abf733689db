"""The thread that scores decisions, moves canaries, looks at objectives, and tells people."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from holdfast.errors import HoldfastError
from holdfast.observation.counts import Count, Counts
from holdfast.observation.duration import DAY
from holdfast.observation.fact import Fact
from holdfast.observation.follow import Follower
from holdfast.observation.objective import Standing
from holdfast.operations.rollout.canary import Canaries
from holdfast.operations.rollout.canary import Standing as CanaryStanding
from holdfast.operations.rollout.rollouts import check
from holdfast.operations.watch.alerts import Alerts, Passed
from holdfast.operations.watch.fitting import Fitting
from holdfast.operations.watch.monitors import Checked, Monitors
from holdfast.operations.watch.objectives import Objectives
from holdfast.operations.watch.scoring import Scoring
from holdfast.project import Project

LOG = logging.getLogger("holdfast.server")
RESTS = 4
"""After a monitor was calibrated, so many times as long none is."""


class Watch:
    """Passes over every environment every few seconds; an error is logged, and tried again."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seconds = project.settings.watch.seconds
        self._followers: dict[str, Follower] = {}
        self.drift = Monitors(project.system)
        """What it looks at drift with: whoever looks too reads only what was added since."""
        self._alerts = Alerts(project.system, monitors=self.drift)
        self._scoring = Scoring(project.system)
        self._canaries = Canaries(project.system)
        self._moved: dict[str, CanaryStanding] = {}
        self._standings: dict[str, tuple[Standing, ...]] = {}
        self._drift: dict[str, Checked] = {}
        self._fitting = Fitting(project.system)
        self._rests = 0.0
        self._counters: dict[str, Counts] = {}
        self._counts: dict[str, dict[str, Count]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin, unless the settings say never to look."""
        if self._seconds:
            self._thread.start()

    def stop(self) -> None:
        """End; returns when the pass at hand is done."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def standings(self) -> dict[str, tuple[Standing, ...]]:
        """How the objectives of every environment stood at the last pass."""
        return dict(self._standings)

    def counts(self, environment: str) -> dict[str, Count]:
        """How many decisions each objective judged since the first pass."""
        return self._counts.get(environment, {})

    def monitors(self) -> dict[str, Checked]:
        """What the drift monitors of every environment said at the last pass."""
        return dict(self._drift)

    def canaries(self) -> dict[str, CanaryStanding]:
        """How the canary of every environment that has one stood at the last pass."""
        return dict(self._moved)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                for name in self._project.environments():
                    self._pass(name)
            except BaseException as e:  # noqa: BLE001 - the thread must outlive every error
                level = logging.WARNING if isinstance(e, HoldfastError) else logging.ERROR
                LOG.log(level, "watch: %s: %s; again in %g s", type(e).__name__, e, self._seconds)

    def _pass(self, environment: str) -> None:
        promised = Objectives(self._project.system).all()
        if self._project.settings.scoring.per_hour:
            now = self._project.system.clock.now()
            self._scoring.score(environment, self._recent(environment, now - DAY))
        self._roll_out(environment)
        done: Passed = self._alerts.check(environment)
        self._standings[environment] = done.standings
        if done.drift is not None:
            self._drift[environment] = done.drift
        counter = self._counters.setdefault(environment, Counts())
        self._counts[environment] = counter.look(done.columns, promised)
        self._fit(environment)
        for one in done.began:
            LOG.warning("%s: %s See: holdfast incident show %s", one.severity, one.summary,
                        one.incident)  # fmt: skip

    def _fit(self, environment: str) -> None:
        """Fit and calibrate a monitor that waits for it, in a fifth of the time at most."""
        began = time.monotonic()
        if began < self._rests:
            return
        try:
            step = self._fitting.step(environment, progress=self._between)
        except _Stopping:
            return
        self._rests = time.monotonic() + RESTS * (time.monotonic() - began)
        if step is not None and step.error:
            LOG.warning("monitor %s of %s: %s", step.monitor, environment, step.error)
        elif step is not None:
            LOG.warning("monitor %s of %s: %s", step.monitor, environment, step.done)

    def _between(self, _name: str, _done: int, _total: int) -> None:
        if self._stopping.is_set():
            raise _Stopping

    def _roll_out(self, environment: str) -> None:
        """Deploy what is due, and move the canary if its test is certain."""
        done = check(self._project.system, environment, canaries=self._canaries)
        for one in done.schedules:
            LOG.warning("schedule %s: %s %s", one.id, one.status, one.note)
        if done.canary is None:
            self._moved.pop(environment, None)
            return
        self._moved[environment] = done.canary
        if not done.canary.canary.running:
            LOG.warning("canary of %s: %s", environment, done.canary.canary.status)

    def _recent(self, environment: str, since: int) -> Sequence[Fact]:
        if environment not in self._followers:
            self._followers[environment] = Follower(self._project.system.ledger, environment)
        return self._followers[environment].facts(since=since)


class _Stopping(Exception):  # noqa: N818 - a signal to the thread itself
    """The server stops: what is being calibrated is left, and done when it runs again."""
