"""Somebody else holds the database: one line after the wait, nothing half-done, then all works."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.sql.sqlite import SqliteFile
from holdfast.bootstrap import open_project
from holdfast.errors import StorageLockedError
from holdfast.project import Project
from tests.support.crash_audit import audit
from tests.support.crash_cli import holdfast, one_line
from tests.support.crash_world import document, live, sound, started

QUESTION = "How long may I return something?"
WAIT = 0.3


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for other writers only shortly."""
    original = SqliteFile.__init__
    monkeypatch.setattr(
        SqliteFile, "__init__", lambda self, path, wait=WAIT: original(self, path, wait)
    )


@pytest.fixture
def project(tmp_path: Path, impatient: None) -> Iterator[Project]:
    with started(tmp_path / "project") as project:
        project.ask(QUESTION)
        yield project
        sound(project)
        assert audit(project) == []


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Another program writes to the database and does not end."""
    with closing(sqlite3.connect(root / ".holdfast/ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def decision(project: Project) -> str:
    return project.entries("decisions")[0].key


OPERATIONS: dict[str, Callable[[Project], Any]] = {
    "ask": lambda p: p.ask(QUESTION),
    "enqueue": lambda p: p.enqueue([("a.md", document("# A\n\nNew."))]),
    "remove": lambda p: p.remove(["returns.md"]),
    "feedback": lambda p: p.feedback(decision(p), "up"),
    "rollback": lambda p: p.rollback("@4"),
    "snapshot": lambda p: p.snapshot("here"),
    "fork": lambda p: p.fork("production", "staging"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_held_database_is_told_after_the_wait(project: Project, name: str) -> None:
    act = partial(OPERATIONS[name], project)
    head, before = project.head(), live(project)
    with held(project.root):
        with pytest.raises(StorageLockedError, match=r"locked by another process") as raised:
            act()
        assert "\n" not in str(raised.value)
        assert (project.head(), live(project)) == (head, before)
        # Reading waits for nobody.
        assert project.retrieve(QUESTION).passages
    act()


def test_who_waits_long_enough_is_served(tmp_path: Path) -> None:
    with started(tmp_path / "project") as project:
        project.warm()
        answers: list[str] = []
        with held(project.root):
            thread = threading.Thread(target=lambda: answers.append(project.ask(QUESTION).id))
            thread.start()
            time.sleep(0.5)
            assert answers == []
        thread.join(60)
        assert project.decision(answers[0]).answer


def test_the_command_line_says_it_in_one_line(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.snapshot("before")
    head = project.head()
    with held(project.root):
        for command in (
            ["ask", QUESTION],
            ["rollback", "--to", "before"],
            ["snapshot", "create", "x"],
        ):
            line = one_line(holdfast(capsys, project.root, *command))
            assert "locked by another process" in line
    assert project.head() == head


def test_a_project_that_is_opened_meanwhile_can_be_read(project: Project) -> None:
    with held(project.root), open_project(project.root) as second:
        assert live(second) == live(project)
        assert second.replay(decision(project)).identical
