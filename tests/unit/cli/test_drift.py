from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from holdfast.bootstrap import init_project
from tests.support.crash_cli import holdfast, one_line


def write(path: Path, *, shift: float = 0.0, rows: int = 400) -> str:
    rng = np.random.default_rng(int(shift * 10) + rows)
    columns = {"price": rng.normal(shift, 1, rows), "id": np.arange(rows)}
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_what_moved_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", shift=1.0)
    ended = holdfast(capsys, tmp_path, "drift", "data", before, now)
    assert ended.code == 1
    assert "price" in ended.out
    assert "1 of 1 column moved" in ended.out
    assert "id: rises" in ended.error


def test_what_did_not_ends_with_nought(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", rows=300)
    assert holdfast(capsys, tmp_path, "drift", "data", before, now).code == 0


def test_nothing_to_judge_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", rows=0)
    assert holdfast(capsys, tmp_path, "drift", "data", before, now).code == 2


def test_programs_get_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", shift=1.0)
    ended = holdfast(capsys, tmp_path, "drift", "data", before, now, "--json")
    said = json.loads(ended.out)
    assert said["verdict"] == "moved"
    assert said["findings"][0]["column"] == "price"
    assert said["findings"][0]["moved"] is True
    assert [issue["code"] for issue in said["issues"]] == ["rising"]


def test_windows_tell_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", shift=1.0, rows=300)
    words = ["drift", "series", before, now, "--window", "100", "--detector", "wasserstein"]
    page = tmp_path / "page.html"
    ended = holdfast(capsys, tmp_path, *words, "--html", str(page))
    assert ended.code == 1
    assert "1 of 1 moved in 3 windows of 100 rows" in ended.out
    assert "row 1 " in ended.out
    assert "id: rises" in ended.error
    assert page.read_text(encoding="utf-8").count("<svg") == 1
    said = json.loads(holdfast(capsys, tmp_path, *words, "--json").out)
    assert said["verdict"] == "moved"
    (price,) = (one for one in said["curves"] if one["aspect"] == "values")
    assert (price["column"], price["detector"], price["since"]) == ("price", "wasserstein", 0)
    calm = write(tmp_path / "c", rows=300)
    assert holdfast(capsys, tmp_path, "drift", "series", before, calm, "--window", "100").code == 0
    few = holdfast(capsys, tmp_path, "drift", "series", before, now)
    assert "smaller window" in one_line(few)


def test_a_fitted_reference_stands_for_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, more = write(tmp_path / "a"), write(tmp_path / "b", rows=300)
    fitted = str(tmp_path / "usual.json")
    ended = holdfast(capsys, tmp_path, "drift", "fit", before, more, "--out", fitted)
    assert "700 rows of 2 columns" in ended.out
    assert holdfast(capsys, tmp_path, "drift", "data", fitted, before).code == 0
    moved = write(tmp_path / "c", shift=1.0)
    assert holdfast(capsys, tmp_path, "drift", "data", fitted, moved).code == 1


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = write(tmp_path / "a")
    missing = holdfast(capsys, tmp_path, "drift", "data", before, str(tmp_path / "none"))
    assert "no file" in one_line(missing)
    odd = holdfast(capsys, tmp_path, "drift", "data", before, before, "--alpha", "2")
    assert "alpha is 2.0" in one_line(odd)


def test_a_model_that_gets_worse_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)

    def rows(path: Path, *, low: float) -> str:
        x = rng.uniform(low, 1, 900)
        said, true = 3 * x, 3 * x + rng.normal(0, 0.1 + x)
        pq.write_table(pa.table({"x": x, "said": said, "true": true}), path)
        return str(path)

    before, calm = rows(tmp_path / "a", low=0.0), rows(tmp_path / "b", low=0.0)
    now, page = rows(tmp_path / "c", low=0.7), tmp_path / "report.html"
    named = ["--prediction", "said", "--target", "true", "--window", "200"]
    assert holdfast(capsys, tmp_path, "drift", "model", before, calm, *named).code == 0
    ended = holdfast(capsys, tmp_path, "drift", "model", before, now, *named, "--html", str(page))
    assert ended.code == 1
    assert "alarm" in ended.out
    assert "x above 0.8" in ended.out
    losses = [*named, "--loss", "absolute", "--ignore", "x"]
    assert "no column of numbers" in one_line(
        holdfast(capsys, tmp_path, "drift", "model", before, now, *losses)
    )
    assert "<svg" in page.read_text(encoding="utf-8")
    wrong = holdfast(
        capsys, tmp_path, "drift", "model", before, now, "--prediction", "no", "--target", "true"
    )
    assert "no column 'no'" in one_line(wrong)


def test_a_report_has_charts_of_what_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, now = write(tmp_path / "a"), write(tmp_path / "b", shift=1.0)
    page = tmp_path / "report.html"
    holdfast(capsys, tmp_path, "drift", "data", before, now, "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "<h1>Drift: price</h1>" in text
    assert "<svg" in text


def test_questions_are_asked_as_of_two_moments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "support"
    with init_project(root) as project:
        project.ingest()
        project.deploy()
        project.snapshot("before")
        page = root / "documents" / "returns.md"
        page.write_text("# Returns\n\nNothing can be returned any more.\n", encoding="utf-8")
        project.ingest()
    file = tmp_path / "questions.txt"
    file.write_text(
        "Can I return shoes I wore once?\n\nWhat does shipping cost?\n", encoding="utf-8"
    )
    words = ["drift", "questions", str(file), "--from", "before"]
    ended = holdfast(capsys, root, *words)
    assert "0 documents came, 0 went, 1 changed" in ended.out
    assert "Can I return" in ended.out
    said = json.loads(holdfast(capsys, root, *words, "--json").out)
    assert [one["question"] for one in said["asked"] if one["before"] != one["now"]] == [
        "Can I return shoes I wore once?"
    ]
    assert "no file" in one_line(holdfast(capsys, root, *words[:2], "none.txt", *words[3:]))
