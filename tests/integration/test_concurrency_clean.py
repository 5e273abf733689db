"""A clean-up without any grace, while others store what nothing refers to yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from holdfast.project import Project
from tests.support.crash_world import document, live, sound, started

ONE = document("# A\n\nThe first version.")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    started(tmp_path / "project").close()
    settings = tmp_path / "project/holdfast.toml"
    settings.write_text(settings.read_text() + "\n[storage]\ngrace_minutes = 0\n")
    with open_project(tmp_path / "project") as project:
        yield project
        sound(project)


def clean_before(
    project: Project, operation: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Start a clean-up when all is stored and the change is about to be appended."""
    append = project._system.append.append
    threads: list[threading.Thread] = []

    def late(change):
        if change.operation == operation:
            threads.append(threading.Thread(target=project.clean))
            threads[0].start()
            threads[0].join(0.5)
        return append(change)

    monkeypatch.setattr(project._system.append, "append", late)

    def finish() -> None:
        threads[0].join(60)
        assert not threads[0].is_alive()

    return finish


def test_a_document_that_is_about_to_be_queued_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = clean_before(project, "enqueue", monkeypatch)
    project.enqueue([("a.md", ONE)])
    finish()
    assert project.drain() == 1
    assert live(project)["a.md"] == ONE.digest


def test_documents_of_a_folder_that_are_about_to_be_queued_stay(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = clean_before(project, "enqueue", monkeypatch)
    (project.root / "documents/a.md").write_bytes(ONE.source)
    assert project.ingest().added == ("a.md",)
    finish()
    assert project.retrieve("first version").passages[0].path == "a.md"


def test_a_release_that_is_about_to_be_deployed_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = project.root / "prompts/answer.md"
    prompt.write_text(prompt.read_text().replace("one to three", "one or two"))
    finish = clean_before(project, "deploy", monkeypatch)
    done = project.deploy()
    finish()
    with open_project(project.root) as second:
        assert second.ask("How long may I return shoes?").stamp.release == done.release
