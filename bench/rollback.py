"""From the rollback command to the first answer retrieved at the restored cut, in a running server.

A client posts a rollback over HTTP and, when it returns, a search; the time from the first byte to
the last is one measurement. Between measurements a document comes in, so that there is something
to take back. Large and small project in the same run, side by side.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from made import made, words
from table import percentiles, show


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="10k against 1k, 30 rounds")
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--keep", type=Path, help="folder to keep the made projects in")
    given = options.parse_args()
    small, large = (1_000, 10_000) if given.quick else (10_000, 1_000_000)
    rounds = 30 if given.quick else given.rounds
    with tempfile.TemporaryDirectory() as scratch:
        home = given.keep or Path(scratch)
        rows = [measure(home / f"made-{size}", size=size, rounds=rounds) for size in (small, large)]
    ratio = rows[1][4] / rows[0][4]
    show(
        "Rollback: from the command to the first answer retrieved at the restored cut",
        inputs=f"chunks x 256 and as many events, {rounds} rounds over HTTP, warm; "
        f"p99 ratio large/small {ratio:.2f}",
        columns=(
            "chunks",
            "rollback p50 ms",
            "p99 ms",
            "to first answer p50 ms",
            "p99 ms",
            "ready s",
            "server MB",
        ),
        rows=rows,
    )


def measure(folder: Path, *, size: int, rounds: int) -> list[object]:
    """One row of the table."""
    made(folder, chunks=size, events=size).close()
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), "serve", "--port", "0"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            url = re.search(r"http://[\w.:]+", line)[0]
            while httpx.get(f"{url}/readyz").is_error:
                time.sleep(0.02)
            ready = time.perf_counter() - started
            alone, whole = rounds_of(url, rounds)
            status = Path(f"/proc/{process.pid}/status").read_text()
            memory = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        finally:
            process.terminate()
            process.wait(60)
    return [f"{size:,}", *percentiles(alone), *percentiles(whole), ready, memory]


def rounds_of(url: str, rounds: int) -> tuple[list[float], list[float]]:
    generator = random.Random(1)
    alone, whole = [], []
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        for number in range(rounds + 5):
            head = client.get("/environments").raise_for_status().json()
            tick = head[0]["tick"]
            document = {
                "path": f"later/{number}.md",
                "content": f"# Later {number}\n\nIt came later.",
            }
            client.post("/documents", json={"documents": [document]}).raise_for_status()
            wait_for(client, document["path"])
            question = " ".join(words(generator, 8))
            client.post("/retrieve", json={"query": question}).raise_for_status()
            started = time.perf_counter()
            client.post("/rollback", json={"to": f"@{tick}"}).raise_for_status()
            back = time.perf_counter()
            found = client.post("/retrieve", json={"query": question}).raise_for_status()
            done = time.perf_counter()
            assert found.json()
            if number >= 5:
                alone.append(back - started)
                whole.append(done - started)
    return alone, whole


def wait_for(client: httpx.Client, path: str) -> None:
    while client.get(f"/show/{path}").is_error:
        time.sleep(0.02)


if __name__ == "__main__":
    main()
