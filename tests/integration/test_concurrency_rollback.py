"""Rollbacks under everybody's feet: no answer mixes two cuts, no late write lands."""

from __future__ import annotations

import random
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from holdfast.domain.decision import FENCED, Decision
from holdfast.errors import FencedError
from holdfast.pipeline.question import Question
from holdfast.ports.ledger import Query
from holdfast.project import Project
from tests.support.crash_audit import audit
from tests.support.crash_kill import prepared
from tests.support.crash_worker import Life
from tests.support.crash_world import document, live, started

ASKERS, INGESTERS, ROLLBACKS = 8, 2, 9


class Crowd:
    """Threads that take steps until told to stop; what they were refused, and what broke."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.done: Counter[str] = Counter()
        self.broken: list[str] = []
        self._threads: list[threading.Thread] = []

    def add(self, name: str, step: Callable[[random.Random], object], *, seed: int) -> None:
        def work() -> None:
            chance = random.Random(seed)
            while not self.stop.is_set():
                try:
                    step(chance)
                    self.done[name] += 1
                except FencedError as e:
                    self.refused[name, type(e).__name__] += 1
                except Exception:  # noqa: BLE001 - whatever it is, the test is to know
                    self.broken.append(f"{name}: {traceback.format_exc()}")
                    return

        self._threads.append(threading.Thread(target=work, name=name, daemon=True))
        self._threads[-1].start()

    def wait_for(self, name: str) -> None:
        """Until somebody of that name took one more step, however slow the machine is."""
        before = self.done[name]
        while self.done[name] == before and not self.broken:
            self.stop.wait(0.02)

    def finish(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(60)
        assert [thread.name for thread in self._threads if thread.is_alive()] == []
        assert self.broken == []


def test_no_answer_mixes_two_cuts(tmp_path: Path) -> None:
    prepared(tmp_path / "project")
    with open_project(tmp_path / "project") as project:
        life = Life(project, 1)
        life.mark()
        project.warm()
        crowd = Crowd()
        for number in range(ASKERS):
            crowd.add("ask", life.ask, seed=number)
        for number in range(INGESTERS):
            crowd.add("ingest", lambda c: (life.mutate(c), life.ingest(c)), seed=100 + number)
        chance = random.Random(5)
        for number in range(ROLLBACKS):
            crowd.stop.wait(0.2)
            life.mark()
            if number % 3 == 0:
                project.deploy(life.releases[1 + number // 3 % 2])
            crowd.wait_for("ask" if number % 3 else "ingest")
            life.rollback(chance)
        crowd.finish()
        assert not [name for name, _ in crowd.refused if name == "ask"]
        assert len(project.moves()) == ROLLBACKS + 1
        assert audit(project, replays=40) == []


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with started(tmp_path / "project") as project:
        yield project
        assert audit(project) == []


def rolled_back_before(
    project: Project, operation: str, monkeypatch: pytest.MonkeyPatch, *, times: int = 1
) -> list[int]:
    """Roll the project back when a change of this operation is about to be appended."""
    append = project._system.append.append
    timelines: list[int] = []

    def late(change):
        if change.operation == operation and len(timelines) < times:
            timelines.append(project.rollback("@5").after.timeline)
        return append(change)

    monkeypatch.setattr(project._system.append, "append", late)
    return timelines


def recorded(project: Project, operation: str) -> list[int]:
    """Ticks of an operation's changes, on any timeline."""
    history = project._system.ledger.history(Query())
    return sorted({commit.tick for commit, _ in history if commit.operation == operation})


def test_an_answer_is_worked_on_again_on_the_new_timeline(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.enqueue([("returns.md", document("# Returns\n\nYou may return it for 90 days."))])
    project.drain()
    timelines = rolled_back_before(project, "ask", monkeypatch)
    decision = project.ask("How long may I return something?")
    assert decision.stamp.timeline == timelines[0]
    assert "90" not in decision.answer
    assert "30 days" in decision.answer
    assert recorded(project, "ask") == [project.head().tick]


def test_an_answer_gives_up_when_it_is_rolled_back_again_and_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rolled_back_before(project, "ask", monkeypatch, times=99)
    with pytest.raises(FencedError, match="ask again"):
        project.ask("How long may I return something?")
    assert recorded(project, "ask") == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_stream_that_was_shown_is_recorded_as_fenced(
    project: Project, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    timelines = rolled_back_before(project, "ask", monkeypatch, times=times)
    question = Question("How long may I return something?", project.environment, session="s")
    with pytest.raises(FencedError) as raised:
        list(project.stream(question))
    fenced = project.decision(raised.value.decision)
    assert (fenced.status, fenced.error_code) == (FENCED, "fenced")
    assert fenced.stamp.timeline == 1
    assert project.head().timeline == timelines[-1]
    assert project.entries("memory") == []


def test_a_deployment_prepared_before_a_rollback_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = project.deployed()
    prompt = project.root / "prompts/answer.md"
    prompt.write_text(prompt.read_text() + "\n")
    rolled_back_before(project, "deploy", monkeypatch)
    with pytest.raises(FencedError, match="rolled back"):
        project.deploy()
    assert project.deployed() == release
    assert len(recorded(project, "deploy")) == 1


def test_feedback_prepared_before_a_rollback_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = project.ask("How long may I return something?")
    rolled_back_before(project, "feedback", monkeypatch)
    with pytest.raises(FencedError, match="rolled back"):
        project.feedback(decision.id, "up")
    assert recorded(project, "feedback") == []


@pytest.mark.parametrize("operation", ["enqueue", "claim", "ingest", "sync", "remove"])
def test_documents_prepared_before_a_rollback_are_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    before = live(project)
    done = len(recorded(project, operation))
    rolled_back_before(project, operation, monkeypatch)
    folder = project.root / "documents"
    (folder / "a.md").write_text("# A\n\nSomething new.")
    (folder / "returns.md").unlink()
    act = partial(project.ingest, sync=True)
    if operation == "remove":
        act = partial(project.remove, ["returns.md"])
    with pytest.raises(FencedError, match=r"rolled back|moved from"):
        act()
    assert live(project) == before
    assert len(recorded(project, operation)) == done
    monkeypatch.undo()
    project.ingest(sync=True)
    assert live(project).keys() == {"a.md", "discounts.md", "shipping.md"}


def test_only_one_of_two_rollbacks_from_one_head_happens(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = project._system.timelines.fork
    moved: list[Decision] = []

    def late(wanted, **how):
        if not moved:
            moved.append(project.ask("How long may I return something?"))
            monkeypatch.undo()
            project.rollback("@5")
        return fork(wanted, **how)

    monkeypatch.setattr(project._system.timelines, "fork", late)
    with pytest.raises(Exception, match="somebody moved it first"):
        project.rollback("@4")
    assert len(project.moves()) == 2
