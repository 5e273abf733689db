from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from holdfast.errors import StatisticsError, UsageError
from holdfast.observation.drift import windows as windows_module
from holdfast.observation.drift.curve import FLOORS, TOGETHER, Curve, Curves, Watch
from holdfast.observation.drift.windows import curves
from holdfast.statistics.drift.registry import BATCH

USUAL, NOW, WINDOW = 800, 600, 100


def table(*, seed: int, rows: int, **more: Any) -> pa.Table:
    rng = np.random.default_rng(seed)
    columns = {
        "age": rng.normal(40, 10, rows),
        "visits": rng.normal(3, 1, rows),
        "plan": rng.choice(["free", "pro", "team"], rows, p=[0.6, 0.3, 0.1]),
    }
    return pa.table({**columns, **more})


def judged(tmp_path: Path, now: pa.Table, *, time: str = "", **limits: Any) -> Curves:
    before = table(seed=1, rows=USUAL)
    pq.write_table(before, tmp_path / "before.parquet")
    pq.write_table(now, tmp_path / "now.parquet")
    watch = Watch(window=WINDOW, **limits)
    return curves(tmp_path / "before.parquet", tmp_path / "now.parquet", watch=watch, time=time)


def replaced(now: pa.Table, column: str, values: Any) -> pa.Table:
    return now.set_column(now.column_names.index(column), column, pa.array(values))


def one(found: Curves, column: str, aspect: str = "values") -> Curve:
    return next(c for c in found.curves if (c.column, c.aspect) == (column, aspect))


def test_calm_columns_stay(tmp_path: Path) -> None:
    found = judged(tmp_path, table(seed=2, rows=NOW))
    assert found.verdict == "calm"
    assert {(c.column, c.detector) for c in found.curves} == {
        ("age", "ks"),
        ("visits", "ks"),
        ("plan", "chi_square"),
        (TOGETHER, "frechet"),
    }
    assert all(len(c.statistics) == NOW // WINDOW for c in found.curves)


def test_the_window_where_a_column_moved_is_told(tmp_path: Path) -> None:
    now = table(seed=2, rows=NOW)
    ages = now["age"].to_numpy().copy()
    ages[350:] += 15
    days = [f"2026-01-{1 + row // WINDOW:02}" for row in range(NOW)]
    moved = replaced(now, "age", ages).append_column("day", pa.array(days))
    found = judged(tmp_path, moved, time="day")
    assert found.verdict == "moved"
    assert "age" in {c.column for c in found.moved}
    since = one(found, "age").since
    assert since is not None
    assert found.name(since) in ("2026-01-04", "2026-01-05")
    assert not one(found, "visits").moved
    assert "day" not in {issue.column for issue in found.issues}


def test_labels_that_come_and_go(tmp_path: Path) -> None:
    now = replaced(table(seed=2, rows=NOW), "plan", ["new"] * NOW)
    found = judged(tmp_path, now)
    assert one(found, "plan").alarms == (True,) * (NOW // WINDOW)


def test_columns_that_stand_to_each_other_otherwise(tmp_path: Path) -> None:
    now = table(seed=2, rows=NOW)
    rng = np.random.default_rng(3)
    ages = 40 + 10 * (0.9 * (now["visits"].to_numpy() - 3) + 0.44 * rng.normal(size=NOW))
    found = judged(tmp_path, replaced(now, "age", ages))
    assert {c.column for c in found.moved} == {TOGETHER}


def test_values_that_are_missing(tmp_path: Path) -> None:
    now = table(seed=2, rows=NOW)
    ages = now["age"].to_numpy().copy()
    ages[::2] = np.nan
    ages[100:200] = np.inf
    found = judged(tmp_path, replaced(now, "age", ages))
    assert one(found, "age", "missing").moved
    assert one(found, "age").statistics[1] is None
    assert not one(found, "age").alarms[1]


def test_a_detector_by_name_judges_what_it_can(tmp_path: Path) -> None:
    now = table(seed=2, rows=NOW)
    found = judged(tmp_path, now, detectors=("psi", "wasserstein", "energy"))
    assert {(c.column, c.detector) for c in found.curves} == {
        ("age", "energy"),
        ("visits", "energy"),
        ("plan", "psi"),
        (TOGETHER, "energy"),
    }


@pytest.mark.parametrize("name", ["frechet", "domain_classifier", "mmd", "energy"])
def test_embeddings(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(4)

    def points(rows: int, *, by: float) -> pa.Table:
        flat = pa.array((rng.normal(size=(rows, 6)) + by).ravel())
        return pa.table({"vector": pa.FixedSizeListArray.from_arrays(flat, 6)})

    for file, rows, by in (("a", 400, 0.0), ("b", 200, 0.0), ("c", 200, 1.0)):
        pq.write_table(points(rows, by=by), tmp_path / file)
    watch = Watch(window=WINDOW, detectors=(name,))
    assert curves(tmp_path / "a", tmp_path / "b", watch=watch).verdict == "calm"
    moved = curves(tmp_path / "a", tmp_path / "c", watch=watch).moved
    assert [(c.column, c.detector) for c in moved] == [("vector", name)]


def test_a_long_reference_is_looked_at_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_module, "_MOST", 4 * WINDOW)
    assert judged(tmp_path, table(seed=2, rows=NOW)).verdict == "calm"
    chosen = windows_module._pieces(USUAL, 4 * WINDOW)
    assert isinstance(chosen, np.ndarray)
    assert len(set(chosen.tolist())) == 4 * WINDOW
    assert (chosen.min(), chosen.max()) == (0, USUAL - 1)


def test_progress_comes_to_its_end(tmp_path: Path) -> None:
    pq.write_table(table(seed=1, rows=USUAL), tmp_path / "a")
    seen: list[tuple[int, int]] = []
    curves(
        *(tmp_path / "a", tmp_path / "a"),
        watch=Watch(window=WINDOW),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(done, 7) for done in range(8)]


def test_what_cannot_be_judged_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = tmp_path / "before.parquet", tmp_path / "now.parquet"
    judged(tmp_path, table(seed=2, rows=NOW))
    with pytest.raises(UsageError, match=r"800 reference rows .* 1,000 and 500 are needed"):
        curves(before, now, watch=Watch(window=500))
    with pytest.raises(UsageError, match="no column 'when'"):
        curves(before, now, watch=Watch(window=WINDOW), time="when")
    with pytest.raises(UsageError, match="windows are made of rows"):
        curves(tmp_path / "usual.json", now)
    with pytest.raises(StatisticsError, match="no batch detector 'guess'; there are ks, "):
        Watch(detectors=("guess",))
    monkeypatch.setattr(windows_module, "_WINDOWS", 3)
    with pytest.raises(UsageError, match="give a window of 200 or more"):
        curves(before, now, watch=Watch(window=WINDOW))


def test_a_column_of_few_values_is_named(tmp_path: Path) -> None:
    before = table(seed=1, rows=USUAL)
    few = np.where(np.arange(USUAL) < 3, 1.0, np.nan)
    pq.write_table(replaced(before, "age", few), tmp_path / "a")
    pq.write_table(table(seed=2, rows=NOW), tmp_path / "b")
    found = curves(tmp_path / "a", tmp_path / "b", watch=Watch(window=WINDOW))
    assert ("age", "few_values") in {(issue.column, issue.code) for issue in found.issues}
    assert one(found, "age", "missing").moved
    assert not one(found, "visits").moved


@pytest.mark.parametrize("name", sorted(set(FLOORS) - {"chi_square"}))
def test_floors_are_a_shift_by_a_quarter_of_a_deviation(name: str) -> None:
    rng = np.random.default_rng(0)
    rows = 1_500 if name == "mmd" else 20_000
    effect = BATCH[name].compare(rng.normal(size=rows), rng.normal(0.25, size=rows)).effect
    assert effect == pytest.approx(FLOORS[name], rel=0.4)


def test_every_batch_detector_has_a_floor() -> None:
    assert set(FLOORS) == set(BATCH)
