"""``kill -9`` a collector under load, and fill its disk: nothing acknowledged is lost or doubled.

A request without a reply may be stored or not, but whole. The disk is a small one in memory, where
one can be mounted.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import load
import table
from intake import SPANS, children, collecting

import holdfast

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.otlp import settle

DISK_MB = 2_000
THREADS = 3


class Noted(load.Sender):
    """Sends as fast as it can, and notes which requests were acknowledged."""

    def __init__(self, url: str, template: load.Template, *, salt: int) -> None:
        super().__init__(url, template)
        self.salt = salt
        self.acknowledged: set[int] = set()
        self.stop = threading.Event()

    def hammer(self, first: int) -> None:
        """Every third number, until told to stop or nobody is there."""
        connection = http.client.HTTPConnection(self._place, timeout=60)
        number = first
        while not self.stop.is_set():
            body = self._template.make(number, salt=self.salt)
            try:
                headers = {"content-type": "application/x-protobuf"}
                connection.request("POST", self._path, body, headers)
                reply = connection.getresponse()
                reply.read()
            except (OSError, http.client.HTTPException):
                return
            if reply.status == 200:
                self.acknowledged.add(number)
            number += THREADS


def life(root: Path, template: load.Template, *, salt: int, seconds: float) -> Noted:
    """One collector's life, ended by ``kill -9``."""
    with collecting(root) as (process, url):
        noted = Noted(url, template, salt=salt)
        threads = [threading.Thread(target=noted.hammer, args=[n]) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        if salt % 2:
            # Every other time whoever sorts is killed first, and followed.
            for child in children(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        time.sleep(seconds / 2)
        process.send_signal(signal.SIGKILL)
        noted.stop.set()
        for thread in threads:
            thread.join()
    return noted


def audit(root: Path, lives: list[Noted]) -> tuple[int, int, int, int]:
    """Acknowledged requests, those not there whole, traces stored twice, requests in part."""
    with holdfast.open(root) as project:
        settle(project)
        telemetry = project.system.telemetry()
        spans: Counter[tuple[str, str]] = Counter()
        for day in telemetry.days("spans"):
            rows = telemetry.relation("spans", day).to_table(columns=["trace_id", "span_id"])
            traces, own = rows["trace_id"].to_pylist(), rows["span_id"].to_pylist()
            spans.update(zip(traces, own, strict=True))
    requests = Counter(trace[:20] for trace, _ in spans)
    wanted = {f"{n.salt:08x}{number:012x}" for n in lives for number in n.acknowledged}
    lost = [name for name in wanted if requests[name] != SPANS]
    twice = [span for span, count in spans.items() if count > 1]
    partly = [name for name, count in requests.items() if count != SPANS]
    return len(wanted), len(lost), len(twice), len(partly)


def fill(root: Path, template: load.Template) -> Noted:
    """A life on a disk that is filled under it and then has room again."""
    with collecting(root) as (_, url):
        noted = Noted(url, template, salt=1 << 30)
        threads = [threading.Thread(target=noted.hammer, args=[n]) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        ballast = root / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            space = os.statvfs(root)
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - 4096)
        time.sleep(4)
        ballast.unlink()
        time.sleep(4)
        noted.stop.set()
        for thread in threads:
            thread.join()
    return noted


def filled(template: load.Template) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            return ["disk filled", "no small disk can be mounted", "", "", ""]
        try:
            root = Path(folder) / "full"
            holdfast.init(root).close()
            noted = fill(root, template)
            return ["disk filled", *audit(root, [noted])]
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="2 kills")
    arguments.add_argument("--kills", type=int, default=50)
    given = arguments.parse_args()
    kills = 2 if given.quick else given.kills
    template = load.Template(SPANS)
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "kill"
        holdfast.init(root).close()
        lives = [
            life(root, template, salt=n + 1, seconds=chance.uniform(0.3, 3.0)) for n in range(kills)
        ]
        rows = [[f"{kills} kills", *audit(root, lives)], filled(template)]
    table.show(
        "Kills and a full disk under load",
        inputs=f"{SPANS} spans a request of {template.bytes >> 10} KB, {THREADS} senders without a "
        "pause",
        columns=("what", "acknowledged requests", "lost", "stored twice", "in part"),
        rows=rows,
    )
    assert all(row[2:] == [0, 0, 0] for row in rows if isinstance(row[1], int))


if __name__ == "__main__":
    main()
