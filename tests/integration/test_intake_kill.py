"""Kill the server while spans come in: what was acknowledged is there once, nothing twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from pathlib import Path

import httpx

import holdfast
from holdfast.operations.traces import Traces
from tests.support.otlp import PROTOBUF, spans, traces
from tests.support.server import spawned

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
    with holdfast.open(folder) as project:
        sorter = Traces(project.system).sorter()
        while sorter.sort():
            pass
        telemetry = project.system.telemetry()
        stored: Counter[str] = Counter()
        for day in telemetry.days("spans"):
            found = telemetry.relation("spans", day).to_table(columns=["trace_id"])
            stored.update(found["trace_id"].to_pylist())
    assert len(everything) >= KILLS * SENT * 20
    assert [trace for trace in everything if stored[trace] != 1] == []
    assert [trace for trace, count in stored.items() if count > 1] == []
