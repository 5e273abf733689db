"""The thread that asks probes when they are due."""

from __future__ import annotations

import logging
import threading

from holdfast.errors import HoldfastError
from holdfast.observation.duration import DAY
from holdfast.observation.spend import midnight
from holdfast.operations.watch.probes import Probes
from holdfast.project import Project

LOG = logging.getLogger("holdfast.server")
LOOK_SECONDS = 5.0
"""How often it is looked whether something is due."""
PATIENCE_SECONDS = 10.0


class Asking:
    """Asks in every environment that ``probes.toml`` names; apart from alerts, as it may wait."""

    def __init__(self, project: Project, *, look: float = LOOK_SECONDS) -> None:
        self._project = project
        self._look = look
        self._probes = Probes(project.system, project.runtime)
        self._told: dict[str, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probes", daemon=True)

    def start(self) -> None:
        """Begin, unless the settings say never to look at anything."""
        if self._project.settings.watch.seconds:
            self._thread.start()

    def stop(self) -> None:
        """End; a round at hand is waited for a little, and asked again another time."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(self._look):
            try:
                for name in self._probes.schedule.environments or (self._project.environment,):
                    self._pass(name)
            except BaseException as e:  # noqa: BLE001 - the thread must outlive every error
                self._log("", e)

    def _pass(self, environment: str) -> None:
        for name in self._probes.due(environment):
            if self._stopping.is_set():
                return
            try:
                self._probes.run(name, environment, force=False)
            except HoldfastError as e:
                self._log(f"{environment}/{name}", e)

    def _log(self, about: str, error: BaseException) -> None:
        """Once a day for each thing that is wrong: the next look is in a few seconds."""
        said = f"{about}: {type(error).__name__}: {str(error)[:80]}"
        day = midnight(self._project.system.clock.now()) // DAY
        if self._told.get(said) == day:
            return
        self._told[said] = day
        level = logging.WARNING if isinstance(error, HoldfastError) else logging.ERROR
        LOG.log(level, "probes: %s: %s: %s", about, type(error).__name__, error)
