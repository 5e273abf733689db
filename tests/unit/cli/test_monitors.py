from __future__ import annotations

import json
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from tests.support.crash_cli import holdfast, one_line
from tests.support.project import SHOES, STUDENTS

TOML = """window = 20
reference = 40
[[monitors]]
name = "questions"
watch = ["question.length"]
"""


@pytest.fixture
def watched(own: Path) -> Path:
    (own / "monitors.toml").write_text(TOML)
    with open_project(own) as project:
        for n in range(40):
            project.ask(f"{SHOES[:-1]} {'very ' * (n % 3)}often?")
    return own


def test_a_project_is_fitted_calibrated_and_judged(
    watched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert holdfast(capsys, watched, "drift").code == 2
    fitted = holdfast(capsys, watched, "drift", "fit", "--dry-run")
    assert "questions: 40 decisions" in fitted.out
    report = holdfast(capsys, watched, "drift", "calibrate")
    assert report.code == 0
    assert "question.length  20" in report.out
    waits = holdfast(capsys, watched, "drift")
    assert (waits.code, "waits for 20 decisions" in waits.out) == (2, True)
    with open_project(watched) as project:
        for _ in range(40):
            project.ask(f"{STUDENTS[:-1]}, and is there more for those who study very long?")
    moved = holdfast(capsys, watched, "drift", "--html", str(watched / "report.html"))
    page = (watched / "report.html").read_text()
    assert "<svg" in page
    assert "question.length" in page
    assert moved.code == 1
    assert "question.length" in moved.out
    assert "likely cause: who asks" in moved.out
    assert "such as: How much do students get off, and is there more" in moved.out
    said = json.loads(holdfast(capsys, watched, "drift", "--json").out)
    assert said["verdict"] == "moved"
    assert said["moved"][0]["calibrated"] is True


def test_mistakes_are_one_line(watched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no monitor 'x'" in one_line(holdfast(capsys, watched, "drift", "--monitor", "x"))
    assert "no file to fit" in one_line(holdfast(capsys, watched, "drift", "fit", "--out", "y"))
    assert "give --out FILE" in one_line(holdfast(capsys, watched, "drift", "fit", "a.csv"))
    (watched / "monitors.toml").write_text(TOML.replace("length", "lenght"))
    assert "monitors.toml:5: monitors.watch: no signal" in one_line(
        holdfast(capsys, watched, "drift")
    )
