"""The same OTLP load on Holdfast and on peers: spans a second that are stored, and the ratio.

Eight senders without a pause, on the machine's own cores. Peers run from another environment
(bench/peers.txt), each with SQLite, as they come; without one, Holdfast is measured alone.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import installed
import load
import table
from intake import SPANS, collecting, stored

import holdfast

SENDERS = 8
START_SECONDS = 180
"""How long a server may take to start."""
TARGETS = {"phoenix": 150, "mlflow": 30}
"""How many times as much is to be stored."""
PROTOBUF = {"content-type": "application/x-protobuf"}


@dataclass
class Peer:
    """A server that takes spans in, and how to ask what it has stored."""

    url: str
    count: Callable[[], int]
    headers: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def rows(file: Path) -> int:
    """Spans in a peer's SQLite file."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as database:
        return int(database.execute("SELECT count(*) FROM spans").fetchone()[0])


@contextmanager
def started(command: list[str], *, url: str, folder: Path, more: dict[str, str]) -> Iterator[None]:
    """A peer's server, once it answers."""
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env={**os.environ, **more}, stdout=log, stderr=log
        ) as process,
    ):
        try:
            give_up = time.monotonic() + START_SECONDS
            while not answers(url):
                if process.poll() is not None or time.monotonic() > give_up:
                    tail = (folder / "log").read_text(errors="replace")[-500:]
                    raise SystemExit(f"{command[0]} does not answer: {tail}")
                time.sleep(0.5)
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def phoenix(programs: Path, folder: Path) -> Iterator[Peer]:
    port = free_port()
    more = {
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    url = f"http://127.0.0.1:{port}"
    with started([str(programs / "phoenix"), "serve"], url=url, folder=folder, more=more):
        yield Peer(url, lambda: rows(folder / "phoenix.db"))


@contextmanager
def mlflow(programs: Path, folder: Path) -> Iterator[Peer]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(programs / "mlflow"), "server", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]  # fmt: skip
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    more = {"MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with started(command, url=url, folder=folder, more=more):
        yield Peer(url, lambda: rows(folder / "mlflow.db"), {"x-mlflow-experiment-id": "0"})


@contextmanager
def ours(folder: Path) -> Iterator[Peer]:
    root = folder / "ours"
    with holdfast.init(root) as project, collecting(root) as (_, url):
        yield Peer(url, lambda: stored(project))


def post(peer: Peer, connection: http.client.HTTPConnection, body: bytes) -> bool:
    """Whether a request was acknowledged."""
    try:
        connection.request("POST", "/v1/traces", body, {**PROTOBUF, **peer.headers})
        reply = connection.getresponse()
        reply.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return reply.status == http.HTTPStatus.OK


def hammer(peer: Peer, template: load.Template, *, seconds: float) -> list[object]:
    """Send for so long, then wait as long again for what is still being stored.

    One request goes before, until it is stored: starting is not measured.
    """
    give_up = time.monotonic() + START_SECONDS
    post(peer, http.client.HTTPConnection(urlsplit(peer.url).netloc), template.make(0, salt=0))
    while not peer.count() and time.monotonic() < give_up:
        time.sleep(0.1)
    acknowledged, refused = [0] * SENDERS, [0] * SENDERS
    until = time.monotonic() + seconds
    before = peer.count()

    def work(mine: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(peer.url).netloc, timeout=120)
        number = mine
        while time.monotonic() < until:
            body = template.make(number, salt=int(until))
            number += SENDERS
            good = post(peer, connection, body)
            acknowledged[mine] += good
            refused[mine] += not good
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    at_end = peer.count() - before
    for thread in threads:
        thread.join()
    time.sleep(seconds)
    later = peer.count() - before
    return [sum(acknowledged) * SPANS / seconds, at_end / seconds, later, sum(refused)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="5 seconds each")
    installed.switch(arguments)
    given = arguments.parse_args()
    seconds = 5 if given.quick else 30
    template = load.Template(SPANS)
    measured: dict[str, list[object]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        with ours(Path(scratch)) as peer:
            measured["holdfast"] = hammer(peer, template, seconds=seconds)
        for name, make in (("phoenix", phoenix), ("mlflow", mlflow)):
            if program := installed.program(given.peers, name):
                folder = Path(scratch) / name
                folder.mkdir()
                with make(program.parent, folder) as peer:
                    measured[name] = hammer(peer, template, seconds=seconds)
    mine = float(str(measured["holdfast"][1]))
    table.show(
        "Beside peers",
        inputs=f"{SPANS} spans a request of {template.bytes >> 10} KB, {SENDERS} senders without a "
        f"pause for {seconds} s; load average {os.getloadavg()[0]:.1f}",
        columns=("server", "acknowledged/s", "stored/s", f"stored {seconds} s later", "not taken",
                 "ours / theirs", "target"),
        rows=[
            [name, f"{found[0]:,.0f}", f"{found[1]:,.0f}", f"{found[2]:,}", found[3],
             f"{mine / float(str(found[1])):,.0f}" if found[1] else "", TARGETS.get(name, "")]
            for name, found in measured.items()
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
