"""What answers take of the machine, by environment and release, and what the processes take."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from holdfast.domain.digest import short

LABELS = ("environment", "release")
STATM = Path("/proc/self/statm")


class Usage:
    """Processor time and memory; one process answers for all, so its memory is theirs together."""

    def __init__(self, registry: CollectorRegistry, *, sorting: Callable[[], int | None]) -> None:
        self._cpu = Counter(
            "holdfast_answer_cpu_seconds",
            "Processor time that answers took.",
            LABELS,
            registry=registry,
        )
        self._memory = Gauge(
            "holdfast_answer_memory_bytes",
            "Memory of this process after the latest answer.",
            LABELS,
            registry=registry,
        )
        ProcessCollector(registry=registry)
        # Where nothing is sorted now there is no such process, and so no such values.
        ProcessCollector("holdfast_sorting", pid=lambda: sorting() or 0, registry=registry)

    def answered(self, environment: str, release: str, *, cpu: float) -> None:
        """Add what an answer took."""
        labels = (environment, short(release))
        self._cpu.labels(*labels).inc(cpu)
        # Only Linux says it for nothing.
        with suppress(OSError):
            pages = int(STATM.read_text(encoding="ascii").split()[1])
            self._memory.labels(*labels).set(pages * os.sysconf("SC_PAGE_SIZE"))
