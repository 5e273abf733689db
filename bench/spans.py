"""Questions over ten million spans of thirty days: the latest traces, one trace, hourly sums.

The tables are made by the adapter that the server uses; the hours' sums and the traces of a day
are kept beside them, so a first reader pays for them once. Then the same questions while a
collector takes spans in, on the same cores and into the same tables.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import threading
import time
from binascii import hexlify
from collections.abc import Callable
from pathlib import Path

import load
import numpy as np
import pyarrow as pa
import table
from intake import Memory, collecting

import holdfast
from holdfast.adapters.lance.telemetry import LanceTelemetry
from holdfast.observation.days import name_of
from holdfast.ports.telemetry import SPANS
from holdfast.settings import load as load_settings

DAYS = 30
DAY_NS = 86_400 * 10**9
PIECE = 120_000
TARGETS = {"latest traces": 100, "one trace": 50, "hourly series, 30 days": 100}
MODELS = ("gpt", "gpt-mini", "claude", "llama")
RATE = 5_000


def texts(values: np.ndarray, kinds: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(values), pa.array(kinds)).cast(pa.string())


def hexes(raw: np.ndarray) -> pa.Array:
    """Rows of bytes as hex texts."""
    count, width = raw.shape
    offsets = np.arange(count + 1, dtype=np.int32) * (2 * width)
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(hexlify(raw.tobytes()))
    )


def piece(day: int, *, rows: int, seed: int) -> dict[str, object]:
    """Columns of chat spans, eight to a trace, all over a day."""
    made = np.random.default_rng(seed)
    traces = made.integers(0, 256, (rows // 8, 16), np.uint8)
    start = day * DAY_NS + np.sort(made.integers(0, DAY_NS, rows // 8))
    ids = made.integers(0, 256, (rows, 8), np.uint8)
    own = hexes(ids)
    parents = own.to_numpy(zero_copy_only=False).copy()
    parents[:] = parents[(np.arange(rows) // 8) * 8]
    parents[::8] = ""
    columns: dict[str, object] = {name: pa.nulls(rows) for name in SPANS}
    columns |= {
        "batch": pa.array(np.full(rows, seed)),
        "trace_id": hexes(np.repeat(traces, 8, axis=0)),
        "span_id": own,
        "parent_id": pa.array(parents, pa.string()),
        "name": texts(made.integers(0, 4, rows), ["chat gpt", "retrieval docs", "ask", "tool"]),
        "kind": texts(made.integers(0, 2, rows), ["client", "internal"]),
        "start_ns": pa.array(np.repeat(start, 8) + np.tile(np.arange(8) * 1_000_000, rows // 8)),
        "duration_ns": pa.array((made.lognormal(18, 1, rows)).astype(np.int64)),
        "status": texts((made.random(rows) < 0.02).astype(np.int64), ["ok", "error"]),
        "service": texts(made.integers(0, 3, rows), ["shop", "search", "support"]),
        "model": texts(made.integers(0, 4, rows), list(MODELS)),
        "input_tokens": pa.array(made.integers(20, 4_000, rows)),
        "output_tokens": pa.array(made.integers(5, 800, rows)),
        "session": texts(made.integers(0, 500, rows), [f"session-{n}" for n in range(500)]),
    }
    return columns


def fill(tables: LanceTelemetry, *, spans: int, today: int) -> list[str]:
    """So many spans over thirty days; returns some of their traces."""
    known: list[str] = []
    each = spans // DAYS // 8 * 8
    for number in range(DAYS):
        day = today - DAYS + 1 + number
        left = each
        while left:
            rows = min(left, PIECE)
            columns = piece(day, rows=rows, seed=number * 1_000 + left)
            tables.append("spans", name_of(day), columns=columns)  # type: ignore[arg-type]
            known += columns["trace_id"].take(pa.array([0, rows // 2])).to_pylist()  # type: ignore[attr-defined]
            left -= rows
    return known


def measure(ask: Callable[[], object], *, tries: int) -> list[float]:
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return times


def asked(
    tables: LanceTelemetry, known: list[str], *, today: int
) -> dict[str, Callable[[], object]]:
    since, until = (today - DAYS + 1) * 86_400, (today + 1) * 86_400
    return {
        "latest traces": lambda: tables.latest(50),
        "one trace": lambda: tables.trace(random.choice(known)),
        "hourly series, 30 days": lambda: tables.hours(since=since, until=until),
    }


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.95 * len(seconds))] * 1_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="300,000 spans")
    arguments.add_argument("--spans", type=int, default=10_000_000)
    given = arguments.parse_args()
    spans, tries = (300_000, 20) if given.quick else (given.spans, 200)
    today = time.time_ns() // DAY_NS
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "spans"
        holdfast.init(root).close()
        home = root / load_settings(root).storage.path / "telemetry"
        began = time.perf_counter()
        known = fill(LanceTelemetry(home), spans=spans, today=today)
        filled = time.perf_counter() - began
        size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
        tables = LanceTelemetry(home)
        questions = asked(tables, known, today=today)
        began = time.perf_counter()
        questions["hourly series, 30 days"]()
        first = time.perf_counter() - began
        quiet = {name: p95(measure(ask, tries=tries)) for name, ask in questions.items()}
        with collecting(root) as (process, url):
            memory = Memory(process.pid)
            sender = load.Sender(url, load.Template(500), threads=4)
            sending = threading.Thread(
                target=sender.send, kwargs={"rate": RATE, "seconds": 10 if given.quick else 60}
            )
            sending.start()
            busy: dict[str, list[float]] = {name: [] for name in questions}
            while sending.is_alive():
                for name, ask in questions.items():
                    busy[name] += measure(ask, tries=3)
            memory.stop()
        mine = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    table.show(
        "Questions over spans",
        inputs=f"{spans:,} spans over {DAYS} days, {size / 2**30:.2f} GiB, filled in "
        f"{filled:.0f} s; first series {first:.1f} s; beside ingest of {RATE:,}/s; load average "
        f"{os.getloadavg()[0]:.1f}; memory: asking {mine / 2**20:,.0f} MB, collector "
        f"{memory.most():,.0f} MB (target 1,024)",
        columns=("question", "p95 ms", "target", "p95 ms beside ingest", "target"),
        rows=[
            [name, quiet[name], TARGETS[name], p95(busy[name]), 2 * TARGETS[name]]
            for name in questions
        ],
    )


if __name__ == "__main__":
    main()
