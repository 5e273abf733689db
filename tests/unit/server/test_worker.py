"""The thread that brings documents in."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import FencedError, ProviderDownError
from holdfast.project import Project
from holdfast.server.backlog import Backlog
from holdfast.server.worker import Worker


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with holdfast.init(tmp_path / "shop") as project:
        yield project


@contextmanager
def working(project: Project, *, poll: float = 60.0) -> Iterator[Worker]:
    worker = Worker(project, Backlog(project), poll=poll)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def enqueue(project: Project, name: str, environment: str = "production") -> None:
    data = f"# {name}\n\nAll about {name}.".encode()
    document = Document(digest_bytes(data), "text/markdown", data)
    project.enqueue([(f"{name}.md", document)], environment=environment)


def wait_for(project: Project, *paths: str, environment: str = "production") -> None:
    while not set(paths) <= {d["path"] for d in project.documents(environment=environment)}:
        time.sleep(0.01)


def test_what_waits_at_the_start_and_what_comes_later(project: Project) -> None:
    enqueue(project, "a")
    with working(project) as worker:
        wait_for(project, "a.md")
        enqueue(project, "b")
        worker.wake()
        wait_for(project, "b.md")


def test_other_processes_need_not_wake_it(project: Project) -> None:
    with working(project, poll=0.01):
        enqueue(project, "a")
        wait_for(project, "a.md")


def test_every_environment_is_served(project: Project) -> None:
    project.fork("production", "staging")
    enqueue(project, "a")
    enqueue(project, "b", environment="staging")
    with working(project):
        wait_for(project, "a.md")
        wait_for(project, "b.md", environment="staging")


def failing(project: Project, *errors: BaseException, patch: pytest.MonkeyPatch) -> list[int]:
    """Let the first drains of a project fail; the list numbers the drains as they begin."""
    drain, left, drains = project.drain, list(errors), []

    def flaky(**given: Any) -> int:
        drains.append(len(drains) + 1)
        if left:
            raise left.pop(0)
        return drain(**given)

    patch.setattr(project, "drain", flaky)
    return drains


def test_an_error_is_logged_and_tried_again_later(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    errors = (ProviderDownError("the embedder is away"), BaseException("a panic"))
    drains = failing(project, *errors, patch=monkeypatch)
    enqueue(project, "a")
    with working(project, poll=0.01):
        wait_for(project, "a.md")
    assert drains == [1, 2, 3]
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "queue of production: ProviderDownError: the embedder is away; again in 1 s",
        "queue of production: BaseException: a panic; again in 2 s",
    ]


def test_a_rollback_is_no_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drains = failing(project, FencedError("moved"), FencedError("moved"), patch=monkeypatch)
    enqueue(project, "a")
    with working(project):
        wait_for(project, "a.md")
    assert drains == [1, 2, 3]
    assert caplog.records == []


def test_it_stops_between_two_batches(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.pipeline.ingest.BATCH_DOCUMENTS", 1)
    for number in range(5):
        enqueue(project, f"d{number}")
    worker = Worker(project, Backlog(project), poll=60.0)
    drain = project.drain

    def stopping(**given: Any) -> int:
        between = given["progress"]

        def progress(outcome: Any) -> None:
            worker._stopping.set()
            between(outcome)

        return drain(environment=given["environment"], progress=progress)

    monkeypatch.setattr(project, "drain", stopping)
    worker.start()
    worker.stop()
    statuses = sorted(item.status for item in project.queue())
    assert "claimed" not in statuses
    assert "enqueued" in statuses
