"""Seconds to compare two files, beside Evidently with ``--peers``; and rows a second."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import installed
import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq
from table import show

from holdfast.observation.drift.files import compare
from holdfast.statistics.sketch.number import NumberLayout

COLUMNS, BLOCK = 1_000, 50_000
EVIDENTLY = """
import sys, time
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
before, now = map(pd.read_parquet, sys.argv[1:])
started = time.perf_counter()
Report([DataDriftPreset()]).run(now, before)
print(time.perf_counter() - started)
"""
"""Run by the peers' own Python."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="only the smaller files")
    options.add_argument(
        "--wide", type=int, metavar="ROWS", help="only this: a file of so many rows x 1,000 columns"
    )
    installed.switch(options)
    given = options.parse_args()
    if given.wide:
        wide(given.wide)
        return
    shapes = [(1_000, 100)] if given.quick else [(1_000, 100), (100_000, 20)]
    there = installed.package(given.peers, "evidently") is not None
    files(shapes, peer=installed.program(given.peers, "python") if there else None)
    stream(1_000_000)


def files(shapes: list[tuple[int, int]], *, peer: Path | None) -> None:
    """Both tools on the same rows; ``peer`` is the Python that has Evidently."""
    rows: list[list[object]] = []
    rng = np.random.default_rng(0)
    for n, columns in shapes:
        tables = [pa.table({f"c{i}": rng.normal(size=n) for i in range(columns)}) for _ in range(2)]
        with tempfile.TemporaryDirectory(prefix="holdfast-speed-") as scratch:
            paths = [Path(scratch) / name for name in ("before.parquet", "now.parquet")]
            for path, table in zip(paths, tables, strict=True):
                pq.write_table(table, path)
            ours = min(timed(partial(compare, *paths)) for _ in range(3))
            theirs = evidently(peer, paths) if peer else None
        ratio = f"{theirs / ours:.0f}x" if theirs else "-"
        rows.append([f"{n:,} x {columns}", ours, theirs or "-", ratio])
    show(
        "Two files of numbers",
        inputs="ours reads both files, Evidently gets data frames; best of three, Evidently once",
        columns=("rows x columns", "seconds", "Evidently, seconds", "faster"),
        rows=rows,
    )


def wide(n: int) -> None:
    """A file that does not fit into memory, in a process of its own; 4 bytes a value on disk."""
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(COLUMNS)]
    block = pa.table({name: rng.normal(size=BLOCK).astype(np.float32) for name in names})
    with tempfile.TemporaryDirectory(prefix="holdfast-wide-") as scratch:
        before, now = (Path(scratch) / name for name in ("before.parquet", "now.parquet"))
        pq.write_table(block, before)
        with pq.ParquetWriter(now, block.schema, compression="none", use_dictionary=False) as file:
            for _ in range(max(1, n // BLOCK)):
                file.write_table(block, row_group_size=BLOCK)
        size = now.stat().st_size
        command = [
            sys.executable,
            "-m",
            "holdfast.cli.main",
            "drift",
            "data",
            before,
            now,
            "--json",
        ]
        started = time.perf_counter()
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
    assert done.returncode in (0, 1), done
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    show(
        "A file of many columns",
        inputs=f"reference {BLOCK:,} rows, fitted in the same run; {size / 1e9:.1f} GB on disk",
        columns=("rows x columns", "seconds", "values a second", "peak MB"),
        rows=[[f"{n:,} x {COLUMNS:,}", seconds, f"{n * COLUMNS / seconds:,.0f}", f"{peak:,.0f}"]],
    )


def evidently(python: Path, paths: list[Path]) -> float:
    """Seconds of its preset with its defaults, once both files are data frames."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", EVIDENTLY, *paths],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.split()[-1])


def stream(n: int) -> None:
    """Values counted in a second of one core, in batches."""
    values = np.random.default_rng(0).normal(size=n)
    layout = NumberLayout.of(values[:20_000])
    started = time.process_time()
    for start in range(0, n, 65_536):
        layout.sketch(values[start : start + 65_536])
    spent = time.process_time() - started
    size = len(str(layout.sketch(values).to_json()))
    show(
        "A stream of numbers",
        inputs=f"{n:,} values in batches of 65,536, one core's time",
        columns=("values a second", "bytes a feature"),
        rows=[[f"{n / spent:,.0f}", f"{size:,}"]],
    )


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
