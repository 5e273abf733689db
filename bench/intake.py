"""Durable intake: spans a second that are stored, how long an acknowledgement takes, memory.

Load generator and server share the machine. Every acknowledged span is counted in the tables at
the end. bench/intake_peers.py gives peers the same load.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import load
import table

import holdfast

SPANS = 500
STEADY, STEADY_SECONDS = 20_000, 300
BURST, BURST_SECONDS = 100_000, 30
ACK_MS = 250


@contextmanager
def collecting(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``holdfast collect`` on free ports."""
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), "collect"]
    with subprocess.Popen(
        [*command, "--http-port", "0", "--grpc-port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the collector did not start"
            yield process, found[0]
        finally:
            process.terminate()
            process.wait(120)


class Memory:
    """Resident megabytes of a process and its children, sampled twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.samples: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def cpu(self) -> float:
        """Seconds of processor time so far: what a span costs however busy the machine is."""
        ticks = 0
        for pid in (self._pid, *children(self._pid)):
            with suppress(OSError):
                text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
                ticks += sum(map(int, text.split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def most(self, since: float = 0.0, until: float = float("inf")) -> float:
        return max((mb for at, mb in self.samples if since <= at <= until), default=0.0)

    def _sample(self) -> None:
        while not self._stop.wait(0.5):
            total = sum(_resident(pid) for pid in (self._pid, *children(self._pid)))
            self.samples.append((time.perf_counter(), total))


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in task.read_text(encoding="ascii").split()]
    return found


def _resident(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def stored(project: holdfast.Project) -> int:
    telemetry = project.system.telemetry()
    days = telemetry.days("spans")
    return sum(telemetry.relation("spans", day).count_rows() for day in days)


def wait(project: holdfast.Project, *, wanted: int, most: float) -> float:
    """Seconds until so many spans are in the tables."""
    began = time.perf_counter()
    while stored(project) < wanted and time.perf_counter() - began < most:
        time.sleep(0.25)
    return time.perf_counter() - began


def phase(
    sender: load.Sender, project: holdfast.Project, memory: Memory, *, rate: float, seconds: float
) -> tuple[list[object], int]:
    before, spent = stored(project), memory.cpu()
    began = time.perf_counter()
    sent = sender.send(rate=rate, seconds=seconds)
    spans = sent.acknowledged * SPANS
    behind = before + spans - stored(project)
    off = wait(project, wanted=before + spans, most=600)
    found = stored(project) - before
    p50, p99 = table.percentiles(sent.latencies)
    half = memory.most(began, began + (time.perf_counter() - began) / 2)
    row: list[object] = [
        f"{rate:,.0f}/s for {seconds:g} s",
        f"{spans / sent.seconds:,.0f}",
        f"{found / (sent.seconds + off):,.0f}",
        f"{behind:,}",
        f"{off:.1f}",
        p50,
        p99,
        sent.refused + sent.failed,
        f"{half:,.0f} / {memory.most(began):,.0f}",
        f"{1e6 * (memory.cpu() - spent) / max(spans, 1):.0f}",
        "all, once" if found == spans else f"{found - spans:+,}",
    ]
    return row, found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--threads", type=int, default=8)
    given = arguments.parse_args()
    steady, burst = (2, 1) if given.quick else (STEADY_SECONDS, BURST_SECONDS)
    template = load.Template(SPANS)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "intake"
        with holdfast.init(root) as project, collecting(root) as (process, url):
            memory = Memory(process.pid)
            sender = load.Sender(url, template, threads=given.threads)
            warm = sender.send(rate=2_000, seconds=1).acknowledged * SPANS
            wait(project, wanted=warm, most=120)
            rows = [
                phase(sender, project, memory, rate=rate, seconds=seconds)[0]
                for rate, seconds in ((STEADY, steady), (BURST, burst))
            ]
            memory.stop()
    table.show(
        "Durable intake (holdfast collect)",
        inputs=f"{SPANS} spans a request of {template.bytes >> 10} KB, {given.threads} connections;"
        f" load average {os.getloadavg()[0]:.1f}; targets: {STEADY:,}/s sustained, "
        f"{BURST:,}/s for {BURST_SECONDS} s acknowledged, acknowledgement p99 {ACK_MS} ms",
        columns=("offered", "acknowledged/s", "stored/s", "behind at end", "worked off in s",
                 "ack p50 ms", "ack p99 ms", "not taken", "MB first half / most",
                 "server CPU us/span", "stored"),
        rows=rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
