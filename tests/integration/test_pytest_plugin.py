"""The plugin as people have it: pytest in a folder of its own, with a project beside the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import holdfast

TESTS = """
def good(question):
    return "within 30 days"

def bad(question):
    return "never"

def test_it_holds(holdfast):
    score = holdfast.measure("nightly", good)["facts"]
    assert score >= 0.8

def test_it_does_not_hold(holdfast):
    score = holdfast.measure("nightly", bad)["facts"]
    assert 0.8 <= score

def test_it_is_not_known(holdfast):
    assert holdfast.estimate([True] * 5) >= 0.9

def test_the_release_itself(holdfast):
    assert holdfast.measure("nightly", release="deployed", samples=1)["facts"] >= 0.5
"""


def test_assertions_take_the_interval_into_account(tmp_path: Path) -> None:
    with holdfast.init(tmp_path / "shop") as project:
        page = tmp_path / "shop" / "documents" / "returns.md"
        page.write_text("# Returns\n\nHow long can I return shoes? Shoes: within 30 days.\n")
        project.ingest()
        project.deploy()
    suites = tmp_path / "shop" / "suites"
    suites.mkdir(exist_ok=True)
    (suites / "nightly.toml").write_text('file = "golden.jsonl"\n[metrics.facts]\n')
    question = "How long can I return shoes?"
    cases = [{"id": f"c{n}", "question": question, "facts": "30 days"} for n in range(25)]
    (suites / "golden.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in cases))
    (tmp_path / "test_bot.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nholdfast_project = shop\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_bot.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "facts 0 [0, " in done.stdout
    assert "is not >= 0.8; against it: c0 (0), c1 (0)" in done.stdout
    assert "on 5 cases does not show >= 0.9: inconclusive; about" in done.stdout
