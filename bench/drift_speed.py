"""Seconds to compare two files, beside Evidently where it is installed; and rows a second."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq
from table import show

from holdfast.observation.drift.files import compare
from holdfast.statistics.sketch.number import NumberLayout


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="only the smaller files")
    quick = options.parse_args().quick
    files([(1_000, 100)] if quick else [(1_000, 100), (100_000, 20)])
    stream(1_000_000)


def files(shapes: list[tuple[int, int]]) -> None:
    """Both tools on the same rows."""
    there = importlib.util.find_spec("evidently") is not None
    if not there:
        print("Evidently is not installed: it is left out")
    rows: list[list[object]] = []
    rng = np.random.default_rng(0)
    for n, columns in shapes:
        tables = [pa.table({f"c{i}": rng.normal(size=n) for i in range(columns)}) for _ in range(2)]
        with tempfile.TemporaryDirectory(prefix="holdfast-speed-") as scratch:
            paths = [Path(scratch) / name for name in ("before.parquet", "now.parquet")]
            for path, table in zip(paths, tables, strict=True):
                pq.write_table(table, path)
            ours = min(timed(partial(compare, *paths)) for _ in range(3))
        theirs = timed(partial(evidently, *tables)) if there else None
        ratio = f"{theirs / ours:.0f}x" if theirs else "-"
        rows.append([f"{n:,} x {columns}", ours, theirs or "-", ratio])
    show(
        "Two files of numbers",
        inputs="ours reads both files, Evidently gets data frames; best of three, Evidently once",
        columns=("rows x columns", "seconds", "Evidently, seconds", "faster"),
        rows=rows,
    )


def evidently(before: pa.Table, now: pa.Table) -> None:
    """Its preset with its defaults."""
    report = importlib.import_module("evidently").Report
    preset = importlib.import_module("evidently.presets").DataDriftPreset
    report([preset()]).run(now.to_pandas(), before.to_pandas())


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
