"""A full disk: one clear line, the state as it was, and all works again when there is room."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.bootstrap import open_project
from holdfast.errors import StorageError, StorageFullError
from holdfast.project import Project
from tests.support.crash_audit import audit
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_disk import SmallDisk, small_disk
from tests.support.crash_world import live, sound, started

LEFT = (0, 16_384, 40_960, 131_072, 262_144, 524_288)
"""Bytes that are left: an operation gets a little farther with each."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("small") / "disk", megabytes=24) as disk:
        yield disk


@pytest.fixture
def project(disk: SmallDisk, request: pytest.FixtureRequest) -> Iterator[Project]:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    with started(disk.folder / name) as project:
        project.ask("How long may I return something?", session="s")
        yield project
        sound(project)
        assert audit(project) == []


def add_documents(project: Project) -> None:
    for number in range(60):
        text = f"# Number {number}\n\n" + f"The number {number} is explained at length. " * 40
        (project.root / f"documents/{number}.md").write_text(text)


def change_prompt(project: Project) -> None:
    prompt = project.root / "prompts/answer.md"
    prompt.write_text(prompt.read_text() + "\n")


def first_decision(project: Project) -> str:
    return project.entries("decisions")[0].key


OPERATIONS: dict[str, tuple[Callable[[Project], Any], Callable[[Project], Any]]] = {
    "ask": (lambda p: None, lambda p: p.ask("How much is shipping?", session="s")),
    "ingest": (add_documents, lambda p: p.ingest(sync=True)),
    "deploy": (change_prompt, lambda p: p.deploy()),
    "rollback": (lambda p: None, lambda p: p.rollback("@5")),
    "feedback": (lambda p: None, lambda p: p.feedback(first_decision(p), "up")),
    "snapshot": (lambda p: None, lambda p: p.snapshot(f"s{len(p.snapshots())}")),
    "fork": (lambda p: None, lambda p: p.fork("production", f"e{len(p.environments())}")),
}


def state(project: Project) -> tuple[object, ...]:
    """All that a failed operation must leave alone; a queue may have taken documents on."""
    stores = ("decisions", "memory", "cache", "feedback", "ratings", "releases", "prompts")
    entries = [[entry.key for entry in project.entries(store)] for store in stores]
    environments = {name: head.timeline for name, head in project.environments().items()}
    return live(project), project.deployed(), entries, environments, project.snapshots()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_full_disk_leaves_everything_as_it_was(
    project: Project, disk: SmallDisk, name: str
) -> None:
    prepare, act = OPERATIONS[name]
    prepare(project)
    before = state(project)
    refused = [attempt(project, act, disk, left=left) for left in LEFT]
    assert refused[0] is not None
    for error in refused:
        if error is not None:
            assert "no space left" in error
            assert "\n" not in error
    act(project)
    assert state(project) != before


def attempt(
    project: Project, act: Callable[[Project], Any], disk: SmallDisk, *, left: int
) -> str | None:
    """How an operation was refused when only so much was left; what is there stays readable."""
    before = state(project)
    with disk.full(left=left):
        try:
            act(project)
        except StorageFullError as e:
            assert project.retrieve("How long may I return something?").passages
            unchanged = state(project) == before
            return str(e) if unchanged else f"half-written: {e}"
    return None


def test_a_project_on_a_full_disk_is_not_opened(
    project: Project, disk: SmallDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project.root
    project.close()
    with disk.full():
        for command in (["ask", "How much is shipping?"], ["rollback", "--to", "@3"], ["ingest"]):
            assert "no space left" in one_line(holdfast(capsys, root, *command))
    assert holdfast(capsys, root, "ask", "How much is shipping?").code == 0
    project._system = open_project(root)._system


def test_a_new_project_on_a_full_disk_is_told(
    disk: SmallDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    started(disk.folder / "settings-only").close()
    root = disk.folder / "settings-only"
    subprocess.run(["rm", "-r", str(root / ".holdfast")], check=True)
    with disk.full():
        assert "no space left" in one_line(holdfast(capsys, root, "ingest"))
    assert holdfast(capsys, root, "ingest").code == 0


LIMITED = """
import resource, signal, sys
from pathlib import Path
from holdfast.bootstrap import open_project
from holdfast.errors import StorageError
project = open_project(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
for act in (
    lambda: project.ask("How long may I return something?"),
    lambda: project.ingest(),
    lambda: project.deploy(),
    lambda: project.rollback("@3"),
):
    try:
        act()
        print("done")
    except StorageError as e:
        print(type(e).__name__)
"""


@pytest.mark.parametrize("limit", [4096, 50_000])
def test_a_limit_on_file_sizes_is_like_a_full_disk(tmp_path: Path, limit: int) -> None:
    with started(tmp_path / "project") as project:
        add_documents(project)
        change_prompt(project)
        before = state(project)
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "project"), str(limit)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert run.stderr == ""
    assert set(run.stdout.split()) <= {"done", *(kind.__name__ for kind in ERRORS)}
    assert len(run.stdout.split()) == 4
    with open_project(tmp_path / "project") as project:
        if "done" not in run.stdout:
            assert state(project) == before
        project.ingest()
        project.deploy()
        assert project.ask("Explain the number 17").answer
        assert audit(project) == []
        sound(project)


ERRORS = (StorageError, StorageFullError)
