from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv
from pyarrow import parquet as pq

from holdfast.errors import CorruptionError, UsageError
from holdfast.observation.drift import rows as rows_module
from holdfast.observation.drift.files import Compared, compare, fit_files, read_reference
from holdfast.observation.drift.verdict import Limits

ROWS = 600


def table(*, seed: int, rows: int = ROWS, **more: Any) -> pa.Table:
    rng = np.random.default_rng(seed)
    columns = {
        "age": rng.normal(40, 10, rows),
        "visits": rng.poisson(3, rows),
        "plan": rng.choice(["free", "pro", "team"], rows, p=[0.6, 0.3, 0.1]),
    }
    return pa.table({**columns, **more})


def files(tmp_path: Path, before: pa.Table, now: pa.Table) -> Compared:
    pq.write_table(before, tmp_path / "before.parquet")
    pq.write_table(now, tmp_path / "now.parquet")
    return compare(tmp_path / "before.parquet", tmp_path / "now.parquet")


def codes(found: Compared) -> set[tuple[str, str]]:
    return {(issue.column, issue.code) for issue in found.drift.issues}


def moved(found: Compared) -> set[tuple[str, str]]:
    return {(finding.column, finding.aspect) for finding in found.drift.moved}


def test_what_did_not_move_is_calm(tmp_path: Path) -> None:
    found = files(tmp_path, table(seed=1), table(seed=2))
    assert found.drift.verdict == "calm"
    assert {finding.column for finding in found.drift.findings} == {"age", "visits", "plan"}
    assert found.drift.issues == ()


def test_what_moved_is_named_and_described(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    now = table(
        seed=2, age=rng.normal(50, 10, ROWS), plan=rng.choice(["free", "pro"], ROWS, p=[0.3, 0.7])
    )
    found = files(tmp_path, table(seed=1), now)
    assert moved(found) == {("age", "values"), ("plan", "values")}
    details = {finding.column: finding.detail for finding in found.drift.moved}
    assert details["age"].startswith("mean 39.56 → 50")
    assert "pro 3" in details["plan"]
    assert ("plan", "gone_label") in codes(found)


def test_a_harmless_shift_in_many_rows_is_calm_and_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    before = pa.table({"x": rng.normal(size=60_000)})
    found = files(tmp_path, before, pa.table({"x": rng.normal(0.04, 1, 60_000)}))
    assert found.drift.verdict == "calm"
    assert found.drift.findings[0].adjusted < 0.01


BAD: dict[str, tuple[Any, Any, str]] = {
    "constant": ([7.0] * ROWS, [7.0] * ROWS, "constant"),
    "all missing": ([None] * ROWS, [None] * ROWS, "all_missing"),
    "missing now": ([1.0, 2.0] * (ROWS // 2), [math.nan] * ROWS, "all_missing"),
    "infinite": ([1.0, 2.0] * (ROWS // 2), [1.0, math.inf] * (ROWS // 2), "infinite"),
    "mixed": ([1.0, 2.0] * (ROWS // 2), ["1", "x"] * (ROWS // 2), "mixed"),
    "ids": (list(range(ROWS)), list(range(ROWS)), "rising"),
    "texts": ([f"t{i}" for i in range(ROWS)], [f"u{i}" for i in range(ROWS)], "many_labels"),
    "new label": (["a"] * ROWS, ["a", "b"] * (ROWS // 2), "new_label"),
    "nested": ([{"a": 1}] * ROWS, [{"a": 1}] * ROWS, "nested"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_column_is_named_and_the_rest_still_judged(tmp_path: Path, name: str) -> None:
    before, now, code = BAD[name]
    shifted = np.random.default_rng(5).normal(60, 10, ROWS)
    found = files(tmp_path, table(seed=1, bad=before), table(seed=2, age=shifted, bad=now))
    assert ("bad", code) in codes(found)
    assert ("age", "values") in moved(found)


def test_a_constant_that_changes_has_moved(tmp_path: Path) -> None:
    found = files(tmp_path, table(seed=1, x=[7.0] * ROWS), table(seed=2, x=[8.0] * ROWS))
    assert moved(found) == {("x", "values")}


def test_more_missing_values_are_a_move_of_their_own(tmp_path: Path) -> None:
    now = table(seed=2, x=[None, 1.0, 2.0] * (ROWS // 3))
    found = files(tmp_path, table(seed=1, x=[1.0, 2.0] * (ROWS // 2)), now)
    assert moved(found) == {("x", "missing")}


def test_renamed_and_reordered_columns_are_found(tmp_path: Path) -> None:
    now = (
        table(seed=2)
        .rename_columns(["years", "visits", "plan"])
        .select(["plan", "years", "visits"])
    )
    found = files(tmp_path, table(seed=1), now)
    assert codes(found) == {("", "reordered"), ("age", "column_gone"), ("years", "column_new")}
    texts = {issue.column: issue.text for issue in found.drift.issues}
    assert "'years'" in texts["age"]
    assert {finding.column for finding in found.drift.findings} == {"visits", "plan"}


def test_one_row_and_none_are_named(tmp_path: Path) -> None:
    assert ("", "one_row") in codes(files(tmp_path, table(seed=1), table(seed=2, rows=1)))
    found = files(tmp_path, table(seed=1), table(seed=2, rows=0))
    assert ("", "empty") in codes(found)
    assert found.drift.verdict == "undecided"
    with pytest.raises(UsageError, match="no rows"):
        files(tmp_path, table(seed=1, rows=0), table(seed=2))


def test_embeddings_are_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def column(shift: float) -> pa.Table:
        return pa.table({"vector": list(rng.normal(shift, 1, (300, 16)))})

    assert files(tmp_path, column(0), column(0)).drift.verdict == "calm"
    assert moved(files(tmp_path, column(0), column(1))) == {("vector", "values")}


def test_csv_is_read_as_parquet_is(tmp_path: Path) -> None:
    before, now = table(seed=1), table(seed=2, age=np.full(ROWS, 80.0))
    csv.write_csv(before, tmp_path / "before.csv")
    csv.write_csv(now, tmp_path / "now.csv")
    as_csv = compare(tmp_path / "before.csv", tmp_path / "now.csv")
    as_parquet = files(tmp_path, before, now)
    assert as_csv.drift.findings == as_parquet.drift.findings


def test_a_csv_whose_types_change_half_way_is_read(tmp_path: Path) -> None:
    rows = ["x,y", *(f"{i % 7},{i % 5}" for i in range(300_000)), "oops,1"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    found = compare(tmp_path / "a.csv", tmp_path / "a.csv")
    assert ("x", "mixed") in codes(found)
    assert found.drift.verdict == "calm"


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03PK", b"PAR1 broken", b'"a'])
def test_what_is_no_table_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad").write_bytes(content)
    pq.write_table(table(seed=1), tmp_path / "good.parquet")
    with pytest.raises(UsageError, match="bad"):
        compare(tmp_path / "good.parquet", tmp_path / "bad")


def test_files_without_a_common_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of the reference's columns"):
        files(tmp_path, table(seed=1), pa.table({"z": [1.0]}))


def test_a_reference_is_fitted_once_and_over_several_files(tmp_path: Path) -> None:
    parts = [table(seed=seed) for seed in (1, 2, 3)]
    for number, part in enumerate(parts):
        pq.write_table(part, tmp_path / f"{number}.parquet")
    fitted = fit_files([tmp_path / f"{number}.parquet" for number in range(3)])
    assert fitted.rows == 3 * ROWS
    (tmp_path / "fitted.json").write_bytes(fitted.to_bytes())
    again = read_reference(tmp_path / "fitted.json")
    assert again.digest == fitted.digest
    assert again.features["age"].sketch.mean == pytest.approx(
        pa.concat_tables(parts)["age"].to_numpy().mean()
    )
    assert compare(tmp_path / "fitted.json", tmp_path / "1.parquet").drift.verdict == "calm"


def test_a_file_that_is_no_reference_is_refused(tmp_path: Path) -> None:
    pq.write_table(table(seed=1), tmp_path / "now.parquet")
    (tmp_path / "odd.json").write_text(json.dumps({"format": 1}), encoding="utf-8")
    with pytest.raises(CorruptionError, match="not a fitted reference"):
        compare(tmp_path / "odd.json", tmp_path / "now.parquet")
    (tmp_path / "odd.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not JSON"):
        compare(tmp_path / "odd.json", tmp_path / "now.parquet")


def test_large_files_are_read_in_pieces_to_the_same_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(table(seed=1, rows=5_000), tmp_path / "a.parquet", row_group_size=700)
    whole = fit_files([tmp_path / "a.parquet"])
    monkeypatch.setattr(rows_module, "_SMALL", 0)
    monkeypatch.setattr(rows_module, "BATCH", 512)
    pieces = fit_files([tmp_path / "a.parquet"])
    for name, feature in whole.features.items():
        assert pieces.features[name].sketch.counts.tolist() == feature.sketch.counts.tolist()


def test_false_discoveries_among_unchanged_columns_are_rare(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def wide() -> pa.Table:
        return pa.table({f"c{i}": rng.normal(size=80) for i in range(50)})

    for name in ("a", "b"):
        pq.write_table(wide(), tmp_path / f"{name}0.parquet")
    alarms = 0
    for _ in range(12):
        pq.write_table(wide(), tmp_path / "a.parquet")
        pq.write_table(wide(), tmp_path / "b.parquet")
        limits = Limits(floor=0.0)
        found = compare(tmp_path / "a.parquet", tmp_path / "b.parquet", limits=limits)
        alarms += found.drift.verdict == "moved"
    assert alarms <= 3


def test_the_only_new_label_is_called_by_its_name(tmp_path: Path) -> None:
    now = table(seed=2)
    plans = now["plan"].to_numpy(zero_copy_only=False).copy()
    plans[::2] = "enterprise"
    found = files(tmp_path, table(seed=1), now.set_column(2, "plan", pa.array(plans)))
    (finding,) = found.drift.moved
    assert finding.detail.startswith("enterprise 0.0% → 50.0%")
