"""What the processes of a project take of this machine, as they say themselves."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from holdfast.observation.duration import SECOND
from holdfast.operations.system import System

EVERY = 10.0
"""Seconds between two beats of a process."""
MISSED = 3
"""Beats after which a process is taken for gone."""
SERVE, COLLECT, SORT = "serve", "collect", "sort"


@dataclass(frozen=True, slots=True)
class Process:
    """One process at its latest beat."""

    kind: str
    """``serve``, ``collect``, or ``sort``: the process beside them that sorts telemetry."""
    pid: int
    started: int
    """When it began, microseconds since 1970 UTC."""
    at: int
    """When it said so."""
    cpu_seconds: float
    """Processor time since it began."""
    cpu: float
    """Cores that it has kept busy lately: 0.5 is half of one."""
    memory_bytes: int | None
    """What it holds in memory; None where the system does not say."""
    answers: int
    """Questions it has answered since it began."""

    @property
    def up_seconds(self) -> float:
        """How long it has been there."""
        return (self.at - self.started) / SECOND


class Processes:
    """Beats of a project's processes on this machine: ``Processes(project.system)``."""

    def __init__(self, system: System) -> None:
        self._clock = system.clock
        self._folder = system.root / system.settings.storage.path / "processes"

    def all(self) -> tuple[Process, ...]:
        """Those that are there now, by kind and number."""
        now = self._clock.now()
        found = [one for one in map(_read, self._files()) if one is not None]
        alive = (one for one in found if now - one.at <= MISSED * EVERY * SECOND)
        return tuple(sorted(alive, key=lambda one: (one.kind, one.pid)))

    def beat(self, process: Process) -> None:
        """Say how a process does. A disk that is full costs the figure, not the process."""
        path = self._path(process.pid)
        part = path.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(asdict(process)), encoding="utf-8")
            part.replace(path)

    def gone(self, pid: int) -> None:
        """A process has ended."""
        with suppress(OSError):
            self._path(pid).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what processes left that were killed."""
        alive = {self._path(one.pid) for one in self.all()}
        for path in self._files():
            if path not in alive:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _path(self, pid: int) -> Path:
        return self._folder / f"{pid}.json"

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))


def _read(path: Path) -> Process | None:
    try:
        return Process(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
