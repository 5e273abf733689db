"""Windows of a file: how often is a calm one an alarm, and a column that moved found?"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq
from scipy import signal
from table import show

from holdfast.observation.drift.curve import TOGETHER, Curves, Watch
from holdfast.observation.drift.windows import curves

BEFORE, NOW, WINDOW = 3_000, 4_000, 200
CASES = (
    ("nothing", 0.0, 0.0, 0.0),
    ("nothing; neighbours alike", 0.6, 0.0, 0.0),
    ("half a deviation, from the middle on", 0.0, 0.5, 0.0),
    ("the same; neighbours alike", 0.6, 0.5, 0.0),
    ("two columns correlate by 0.4", 0.0, 0.0, 0.4),
)
"""What changes, how rows resemble the one before, the shift of a column, and a correlation."""


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="three files of each kind")
    runs = 3 if options.parse_args().quick else 60
    rows: list[list[object]] = []
    for what, memory, shift, correlation in CASES:
        rng = np.random.default_rng(7)
        alarms = windows = false = found = 0
        late: list[int] = []
        for _ in range(runs):
            told = judged(rng, memory=memory, shift=shift, correlation=correlation)
            moved = {curve.column for curve in told.moved}
            wanted = {"x0"} if shift else {TOGETHER} if correlation else set()
            found += bool(wanted & moved)
            # What stands beside the column that moved may be seen in all together.
            false += bool(moved - wanted - {TOGETHER} if shift else moved - wanted)
            for curve in told.curves:
                if wanted and curve.column in {*wanted, TOGETHER}:
                    if shift and curve.column == "x0" and curve.since is not None:
                        late.append(curve.since - len(told.starts) // 2 + 1)
                    continue
                alarms += sum(curve.alarms)
                windows += len(curve.alarms)
        rows.append(
            [
                what,
                runs,
                f"{100 * alarms / windows:.2f} of {windows:,}",
                100 * false / runs,
                100 * found / runs if shift or correlation else "",
                float(np.median(late)) if late else "",
            ]
        )
        print(*rows[-1], sep="\t", flush=True)
    show(
        "Windows of a file, by the detectors that are usual",
        inputs=f"{BEFORE:,} reference rows, {NOW:,} current ones in windows of {WINDOW}; four "
        "columns of numbers, one with 5 % missing, one of labels; 1 % of calm windows accepted",
        columns=(
            *("what changes", "files", "alarms % of calm windows"),
            *("files with a false move %", "found %", "windows until"),
        ),
        rows=rows,
    )


def judged(rng: np.random.Generator, *, memory: float, shift: float, correlation: float) -> Curves:
    """One pair of files."""
    with tempfile.TemporaryDirectory() as folder:
        before, now = Path(folder, "before.parquet"), Path(folder, "now.parquet")
        pq.write_table(table(rng, BEFORE, memory=memory), before)
        changed = table(rng, NOW, memory=memory, shift=shift, correlation=correlation)
        pq.write_table(changed, now)
        return curves(before, now, watch=Watch(window=WINDOW))


def table(
    rng: np.random.Generator,
    rows: int,
    *,
    memory: float,
    shift: float = 0.0,
    correlation: float = 0.0,
) -> pa.Table:
    """Rows of unit variance, with what changes in them."""
    noise = rng.normal(size=(rows + 100, 4)) * np.sqrt(1 - memory**2)
    numbers = signal.lfilter([1], [1, -memory], noise, axis=0)[100:]
    numbers[rows // 2 :, 0] += shift
    numbers[:, 1] = (
        correlation * numbers[:, 0] + np.sqrt(1 - correlation**2) * numbers[:, 1]
        if correlation
        else numbers[:, 1]
    )
    numbers[rng.random(rows) < 0.05, 3] = np.nan
    labels = rng.choice(["ok", "refused", "empty"], rows, p=[0.6, 0.3, 0.1])
    return pa.table({**{f"x{i}": numbers[:, i] for i in range(4)}, "label": labels})


if __name__ == "__main__":
    main()
