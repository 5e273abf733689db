"""Says every few seconds what this process takes of the machine, and the one that sorts."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from holdfast.observation.duration import SECOND
from holdfast.operations.watch.processes import EVERY, SORT, Process, Processes
from holdfast.project import Project

LOG = logging.getLogger("holdfast.server")
PROC = Path("/proc")


class Pulse:
    """Writes this process's beats, and those of its child, until it is stopped."""

    def __init__(
        self,
        project: Project,
        *,
        kind: str,
        sorting: Callable[[], int | None],
        answers: Callable[[], int],
    ) -> None:
        self._clock = project.system.clock
        self._processes = Processes(project.system)
        self._kind = kind
        self._sorting = sorting
        self._answers = answers
        self._last: dict[int, Process] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and leave nothing behind."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for pid in self._last:
            self._processes.gone(pid)

    def beat(self) -> None:
        """Say how it is now."""
        own, sorting = os.getpid(), self._sorting()
        self._say(self._kind, own, cpu=time.process_time(), answers=self._answers())
        if sorting is not None and (cpu := cpu_of(sorting)) is not None:
            self._say(SORT, sorting, cpu=cpu)
        for pid in set(self._last) - {own, sorting}:
            self._processes.gone(pid)
            del self._last[pid]

    def _run(self) -> None:
        try:
            self._processes.tidy()
            self.beat()
            while not self._stopping.wait(EVERY):
                self.beat()
        except Exception:  # what it says is worth less than the server
            LOG.exception("'holdfast status' will not show this process any more")

    def _say(self, kind: str, pid: int, *, cpu: float, answers: int = 0) -> None:
        now = self._clock.now()
        last = self._last.get(pid)
        started, lately = now, 0.0
        if last is not None:
            started = last.started
            passed = (now - last.at) / SECOND
            lately = max(0.0, cpu - last.cpu_seconds) / passed if passed > 0 else 0.0
        said = Process(kind, pid, started, now, cpu, lately, memory_of(pid), answers)
        self._last[pid] = said
        self._processes.beat(said)


def cpu_of(pid: int) -> float | None:
    """Processor seconds of another process; None where there is none, or nobody says it."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        # The name, which may hold anything, is in brackets.
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None


def memory_of(pid: int) -> int | None:
    """Bytes that a process holds in memory; None where only other systems say it."""
    try:
        pages = (PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
