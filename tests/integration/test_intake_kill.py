"""Kill the server while spans come in: what was acknowledged is there once, nothing twice."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

import holdfast
from tests.support.otlp import PROTOBUF, settle, spans, traces
from tests.support.server import Spawned, spawned

KILLS = 3
SENT = 25
"""Requests that are acknowledged before each kill."""


def send(url: str, acknowledged: list[str], enough: threading.Event) -> None:
    """Send until the server is gone; a request without a reply is sent again as it was."""
    with httpx.Client(base_url=url, timeout=30) as http:
        while True:
            request = traces(20)
            try:
                reply = http.post(
                    "/v1/traces", content=request.SerializeToString(), headers=PROTOBUF
                )
            except httpx.TransportError:
                return
            assert reply.status_code == 200
            acknowledged += [span.trace_id.hex() for span in spans(request)]
            if len(acknowledged) >= SENT * 20:
                enough.set()


def sorting(server: Spawned) -> int:
    """The process beside a server that sorts."""
    tasks = Path(f"/proc/{server.process.pid}/task")
    while True:
        for children in tasks.glob("*/children"):
            for word in children.read_text().split():
                if alive(int(word)):
                    return int(word)
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def audit(folder: Path) -> Counter[str]:
    """How many spans each trace has once all is sorted."""
    stored: Counter[str] = Counter()
    with holdfast.open(folder) as project:
        settle(project)
        telemetry = project.system.telemetry()
        for day in telemetry.days("spans"):
            found = telemetry.relation("spans", day).to_table(columns=["trace_id"])
            stored.update(found["trace_id"].to_pylist())
    return stored


def test_every_acknowledged_span_is_there_once(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    holdfast.init(folder).close()
    everything: list[str] = []
    for _ in range(KILLS):
        acknowledged: list[str] = []
        enough = threading.Event()
        with spawned(folder) as server:
            senders = [
                threading.Thread(target=send, args=[server.url, acknowledged, enough])
                for _ in range(2)
            ]
            for sender in senders:
                sender.start()
            assert enough.wait(120)
            server.stop(signal.SIGKILL)
            for sender in senders:
                sender.join(60)
        everything += acknowledged
    stored = audit(folder)
    assert len(everything) >= KILLS * SENT * 20
    assert [trace for trace in everything if stored[trace] != 1] == []
    assert [trace for trace, count in stored.items() if count > 1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the server's children")
def test_sorting_is_killed_again_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    holdfast.init(folder).close()
    acknowledged: list[str] = []
    with spawned(folder) as server:
        pid = sorting(server)
        sender = threading.Thread(target=send, args=[server.url, acknowledged, threading.Event()])
        sender.start()
        for _ in range(KILLS):
            before = len(acknowledged)
            while len(acknowledged) < before + SENT * 20:
                time.sleep(0.05)
            os.kill(pid, signal.SIGKILL)
            while alive(pid):
                time.sleep(0.01)
            pid = sorting(server)
        server.stop(signal.SIGKILL)
        sender.join(60)
        while alive(pid):
            # It ends by itself when nobody is there any more.
            time.sleep(0.05)
    stored = audit(folder)
    assert [trace for trace in acknowledged if stored[trace] != 1] == []
    assert [trace for trace, count in stored.items() if count > 1] == []
