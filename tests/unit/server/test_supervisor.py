from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import holdfast
from holdfast.project import Project
from holdfast.server.supervisor import Supervisor
from tests.support.otlp import body, traces


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with holdfast.init(tmp_path / "shop") as project:
        yield project


@pytest.fixture
def supervisor(project: Project) -> Iterator[Supervisor]:
    supervisor = Supervisor(project.system.root)
    supervisor.start()
    yield supervisor
    supervisor.stop()


def waiting(project: Project) -> int:
    return project.system.inbox().backlog().bodies


def test_nothing_is_begun_before_something_comes_in(supervisor: Supervisor) -> None:
    assert supervisor.pid is None


def test_what_waits_is_sorted_and_a_death_is_followed(
    project: Project, supervisor: Supervisor
) -> None:
    supervisor.wake()
    project.system.inbox().put([body(traces(3))])
    while waiting(project):
        time.sleep(0.05)
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    while supervisor.pid in (None, first):
        time.sleep(0.05)
    project.system.inbox().put([body(traces(2))])
    supervisor.wake()
    while waiting(project):
        time.sleep(0.05)


def test_what_is_at_hand_is_finished_before_the_end(
    project: Project, supervisor: Supervisor
) -> None:
    supervisor.wake()
    while supervisor.pid is None:
        time.sleep(0.01)
    project.system.inbox().put([body(traces(3)) for _ in range(20)])
    supervisor.stop()
    assert supervisor.pid is None
    assert waiting(project) == 0
