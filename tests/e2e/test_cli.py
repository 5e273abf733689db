"""The command line as processes: several at once, interrupted, cut off."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import holdfast
from tests.support.project import SHOES, STUDENTS
from tests.support.server import made
from tests.support.terminal import process

HOLDFAST = [sys.executable, "-m", "holdfast.cli.main"]
MANY = 1_500
HEAVY = ("numpy", "pyarrow", "lance", "sqlalchemy", "fastapi", "openai")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "support"
    made(folder).close()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "support"))


def test_help_loads_nothing_heavy() -> None:
    script = f"import sys, holdfast.cli.main; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_mistake_ends_a_process_with_its_code_and_one_line(tmp_path: Path) -> None:
    nowhere = process("ask", SHOES, cwd=tmp_path)
    assert (nowhere.code, nowhere.out) == (2, "")
    assert nowhere.err.startswith("holdfast: no holdfast.toml in ")
    assert nowhere.err.count("\n") == 1
    told = process("ask", SHOES, "--json", cwd=tmp_path)
    assert (told.code, told.err) == (2, "")
    assert told.json["error"]["code"] == "usage"


def test_an_operator_is_named_in_the_ledger(folder: Path) -> None:
    done = process("remove", "shipping.md", cwd=folder / "prompts", HOLDFAST_ACTOR="ann")
    assert done.out == "Removed 1 document.\n"
    with holdfast.open(folder) as project:
        assert project.log()[0].commit.actor == "ann"


def test_processes_work_on_one_project_at_once(folder: Path) -> None:
    for number in range(20):
        (folder / "documents" / f"{number}.md").write_text(f"Shelf {number} holds boots.")
    commands = [("ask", SHOES), ("ask", STUDENTS), ("ingest",), ("ingest",)]
    with ThreadPoolExecutor(len(commands)) as pool:
        ended = list(pool.map(lambda words: process(*words, "--json", cwd=folder), commands))
    assert [(done.code, done.err) for done in ended] == [(0, "")] * len(commands)
    assert len(ended[2].json["added"]) + ended[2].json["unchanged"] == 23
    with holdfast.open(folder) as project:
        assert len(project.documents()) == 23
        assert {item.status for item in project.queue()} == {"committed"}
        for done in ended[:2]:
            assert project.replay(done.json["id"]).identical


@pytest.fixture(scope="module")
def interrupted(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in the midst of whose ingestion somebody pressed Ctrl-C."""
    folder = tmp_path_factory.mktemp("interrupted") / "support"
    shutil.copytree(template, folder)
    for number in range(MANY):
        (folder / "documents" / f"{number:05}.md").write_text(
            f"# Shelf {number}\n\nIt holds boots."
        )
    with (
        subprocess.Popen(
            [*HOLDFAST, "ingest"], cwd=folder, stderr=subprocess.PIPE, text=True
        ) as running,
        holdfast.open(folder) as project,
    ):
        while len(project.documents()) <= 3:
            assert running.poll() is None, "it ended before it was interrupted"
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert err == "holdfast: interrupted; what was acknowledged is kept\n"
    return folder


@pytest.mark.slow
def test_an_interrupted_ingestion_is_taken_up_at_once(interrupted: Path) -> None:
    with holdfast.open(interrupted) as project:
        kept = len(project.documents())
        assert 3 < kept < MANY + 3
        done = project.ingest()
        assert len(done.added) == MANY + 3 - kept
        assert len(project.documents()) == MANY + 3


@pytest.mark.slow
def test_output_that_nobody_reads_ends_quietly(interrupted: Path) -> None:
    script = f"{' '.join(HOLDFAST)} queue --json | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=interrupted, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[1\n", "")
    with holdfast.open(interrupted) as project:
        assert len(json.dumps([item.path for item in project.queue()])) > 10_000
