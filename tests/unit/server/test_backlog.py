"""Counting a queue without reading it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import holdfast
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.project import Project
from holdfast.server.backlog import Backlog


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with holdfast.init(tmp_path / "shop") as project:
        yield project


def enqueue(project: Project, *names: str) -> None:
    for name in names:
        data = f"# {name}\n\nAll about {name}.".encode()
        document = Document(digest_bytes(data), "text/markdown", data)
        project.enqueue([(f"{name}.md", document)])


def slow(project: Project, environment: str = "production") -> Counter[str]:
    return Counter(item.status for item in project.queue(environment=environment))


def test_counts_follow_every_change(project: Project) -> None:
    backlog = Backlog(project)

    def check() -> None:
        for name, head in project.environments().items():
            assert backlog.counts(head) == slow(project, name)

    check()
    enqueue(project, "a", "b")
    check()
    project.drain()
    check()
    assert backlog.counts(project.head())["committed"] == 2
    project.snapshot("good")
    enqueue(project, "c")
    project.fork("production", "staging")
    check()
    project.rollback("good")
    check()
    enqueue(project, "d")
    project.rollback("@1")
    check()
    assert backlog.counts(project.head()) == Counter()


def test_an_older_head_does_not_undo_a_newer_one(project: Project) -> None:
    backlog = Backlog(project)
    before = project.head()
    enqueue(project, "a")
    after = project.head()
    assert backlog.counts(after) == {"enqueued": 1}
    backlog.counts(before)
    assert backlog.counts(after) == {"enqueued": 1}


def test_only_what_was_added_is_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog = Backlog(project)
    enqueue(project, "a")
    backlog.counts(project.head())
    monkeypatch.setattr(project, "entries", None)
    enqueue(project, "b")
    assert backlog.counts(project.head()) == {"enqueued": 2}
