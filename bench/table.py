"""Print benchmark results: the machine, the inputs, a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory, system."""
    model = platform.processor() or platform.machine()
    memory = ""
    cpus, ram = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpus.is_file() and ram.is_file():
        names = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
        memory = f", {int(ram.read_text().split()[1]) / 2**20:.0f} GiB"
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} cores{memory}, {platform.system()}, Python {python}"


def show(
    title: str, *, inputs: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """One table with its machine and inputs."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in (list(columns), *cells)) for i in range(len(columns))]
    print(f"\n{title}\nmachine: {machine()}\ninputs:  {inputs}")
    for line in (list(columns), ["-" * width for width in widths], *cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.99)]
    return at[0] * 1000, at[1] * 1000


def _text(cell: object) -> str:
    return f"{cell:,.2f}" if isinstance(cell, float) else str(cell)
