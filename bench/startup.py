"""How long the command line and the server need to be there."""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from table import show

from holdfast.bootstrap import init_project

COMMAND = [sys.executable, "-m", "holdfast.cli.main"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="three runs")
    given = options.parse_args()
    runs = 3 if given.quick else 15
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "shop"
        with init_project(folder) as project:
            project.ingest()
            project.deploy()
        rows = [
            ["holdfast --help", *timed([*COMMAND, "--help"], runs)],
            ["holdfast log", *timed([*COMMAND, "-C", str(folder), "log"], runs)],
            ["holdfast ask", *timed([*COMMAND, "-C", str(folder), "ask", "Returns?"], runs)],
            ["holdfast serve, until ready", *serving(folder, runs)],
        ]
    show("Start-up", inputs=f"{runs} runs", columns=("command", "median s", "max s"), rows=rows)


def timed(command: list[str], runs: int) -> tuple[float, float]:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), max(seconds)


def serving(folder: Path, runs: int) -> tuple[float, float]:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        command = [*COMMAND, "-C", str(folder), "serve", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            url = re.search(r"http://[\w.:]+", process.stdout.readline())[0]
            while httpx.get(f"{url}/readyz").is_error:
                time.sleep(0.01)
            seconds.append(time.perf_counter() - started)
            process.terminate()
            process.wait(30)
    return statistics.median(seconds), max(seconds)


if __name__ == "__main__":
    main()
