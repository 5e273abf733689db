"""The demo's watch: a receiver of pages, and what Holdfast says when the dashboard is green."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WITHIN = 60.0
"""Seconds of traffic in which the page must go out."""


@dataclass
class Receiver:
    """What an on-call service got, and when."""

    url: str = ""
    notices: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def pages(self) -> list[tuple[float, dict[str, Any]]]:
        return [
            (at, alert)
            for at, notice in list(self.notices)
            for alert in notice["alerts"]
            if alert["labels"]["severity"] == "page" and alert["status"] == "firing"
        ]


@contextmanager
def oncall() -> Iterator[Receiver]:
    """A webhook on a real socket, as an on-call service has one."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.notices.append((time.monotonic(), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def promise(folder: Path, receiver: Receiver) -> None:
    """Who is paged, and that objectives are looked at every second."""
    target = f'[[targets]]\nname = "oncall"\nurl = "{receiver.url}"\nseverities = ["page"]\n'
    (folder / "alerts.toml").write_text(target, encoding="utf-8")
    with (folder / "holdfast.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[watch]\nseconds = 1.0\n")


def paged(receiver: Receiver, *, since: float) -> tuple[float, dict[str, Any]]:
    """Seconds from ``since`` to the first page, and its alert; waits for it."""
    while not receiver.pages():
        if time.monotonic() - since > WITHIN:
            raise SystemExit(f"nobody was paged within {WITHIN:g} seconds")
        time.sleep(0.05)
    at, alert = receiver.pages()[0]
    return at - since, alert


def told(folder: Path, *words: str) -> Any:
    """What a command says as JSON."""
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def shown(folder: Path, *words: str, out: Callable[[str], None]) -> None:
    """A command as an operator types it, and what it prints."""
    out(f"$ holdfast {' '.join(words)}")
    command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(folder), *words]
    out(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
