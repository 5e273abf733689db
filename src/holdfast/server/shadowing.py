"""The thread that asks a shadow what users asked, behind their answers."""

from __future__ import annotations

import logging
import threading

from holdfast.errors import HoldfastError
from holdfast.operations.rollout.shadow import Shadows
from holdfast.project import Project

LOG = logging.getLogger("holdfast.server")
LOOK_SECONDS = 1.0
TURN_SECONDS = 2.0
"""How long one environment may be worked on before the others are looked at."""


class Shadowing:
    """Passes over every environment; an error is logged, and tried again."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._shadows = Shadows(project.system, project.runtime)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the answer at hand is compared."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                for name in self._project.environments():
                    self._shadows.follow(name, seconds=TURN_SECONDS)
            except BaseException as e:  # noqa: BLE001 - the thread must outlive every error
                level = logging.WARNING if isinstance(e, HoldfastError) else logging.ERROR
                LOG.log(level, "shadow: %s: %s; going on", type(e).__name__, e)
