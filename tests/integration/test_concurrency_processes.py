"""Two processes on one project: what one does, the other sees at its next call."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from holdfast.operations.init import init
from holdfast.project import Project
from tests.support.crash_audit import audit
from tests.support.crash_kill import WORKER, prepared
from tests.support.crash_other import Other, other
from tests.support.crash_worker import Life
from tests.support.crash_world import document, live, sound, started

ROLLBACKS = 5


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with started(tmp_path / "project") as project:
        yield project
        sound(project)


@pytest.fixture
def beside(project: Project) -> Iterator[Other]:
    with other(project.root) as beside:
        yield beside


def paths(passages: dict) -> set[str]:
    return {passage["path"] for passage in passages["passages"]}


def test_everything_is_seen_at_the_next_call(project: Project, beside: Other) -> None:
    question = "How long is the warranty?"
    assert "warranty.md" not in paths(beside.call("retrieve", question))

    (project.root / "documents/warranty.md").write_text("# Warranty\n\nThe warranty lasts a year.")
    project.ingest()
    assert "warranty.md" in paths(beside.call("retrieve", question))
    answer = beside.call("ask", question, session="s")
    assert "year" in answer["answer"]
    assert project.decision(answer["id"]).answer == answer["answer"]
    assert project.replay(answer["id"]).identical
    assert [entry.value["answer"] for entry in project.entries("memory")] == [answer["answer"]]

    beside.call("snapshot", "with-warranty")
    assert [made.name for made in project.snapshots()] == ["with-warranty"]

    prompt = project.root / "prompts/answer.md"
    prompt.write_text(prompt.read_text() + "\n")
    release = project.deploy().release
    assert beside.call("deployed") == release
    assert beside.call("ask", "How long may I return something?")["stamp"]["release"] == release

    back = beside.call("rollback", "@5")
    assert project.head().timeline == back["after"]["timeline"]
    assert "warranty.md" not in live(project)
    assert project.ask(question, session="s").stamp.memory == ()
    assert project.deployed() != release

    project.rollback("with-warranty")
    again = beside.call("ask", question)
    assert again["answer"] == answer["answer"]
    assert beside.call("replay", answer["id"])["identical"]


def test_one_queue_is_worked_by_both(project: Project, beside: Other) -> None:
    names = [f"{number}.md" for number in range(60)]
    project.enqueue([(name, document(f"# {name}\n\nIt is about {name}.")) for name in names])
    counted: list[int] = []
    thread = threading.Thread(target=lambda: counted.append(beside.call("drain")))
    thread.start()
    counted.append(project.drain())
    thread.join(120)
    assert sum(counted) >= len(names)
    assert set(names) <= live(project).keys()
    assert {item.status for item in project.queue()} == {"committed"}


def test_a_clean_up_does_not_disturb_who_has_the_index_loaded(
    project: Project, beside: Other
) -> None:
    """What was dropped and came back has other rows; nobody may confuse them."""
    gone = document("# Gone\n\nNobody refers to the marmot.")
    assert "gone.md" not in paths(beside.call("retrieve", "the marmot"))
    project._system.lake.documents.put([gone])
    settings = project.root / "holdfast.toml"
    settings.write_text(settings.read_text() + "\n[storage]\ngrace_minutes = 0\n")
    with open_project(project.root) as second:
        assert second.clean().collected.lake.documents == 1
        second.enqueue([("gone.md", gone)])
        second.drain()
    assert "gone.md" in paths(beside.call("retrieve", "the marmot"))
    found = project.retrieve("the marmot").passages[0]
    assert (found.path, found.document) == ("gone.md", gone.digest)


def test_rollbacks_by_one_while_the_other_answers_and_ingests(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    prepared(folder)
    steps = ["ask", "ingest", "mutate", "rate", "bring"]
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(folder), "1", *steps], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, open_project(folder) as project:
        lines: list[dict] = []
        reader = threading.Thread(
            target=lambda: lines.extend(json.loads(line) for line in process.stdout)
        )
        reader.start()
        life = Life(project, 2)
        chance = random.Random(7)
        while not any("opened" in line for line in lines):
            time.sleep(0.05)
        for number in range(ROLLBACKS):
            life.mark()
            time.sleep(0.4)
            if number % 3 == 0:
                project.deploy(life.releases[1 + number // 3 % 2])
            life.rollback(chance)
        process.kill()
        reader.join(60)
        assert [line["broken"] for line in lines if "broken" in line] == []
        refused = [line for line in lines if "refused" in line]
        assert [line for line in refused if line["step"] == "ask"] == []
        assert {line["refused"] for line in refused} <= {"FencedError"}
        assert sum(line["step"] == "ask" for line in lines if line.get("done")) > 0
        assert audit(project, replays=20) == []


def test_several_processes_may_open_a_new_project_at_once(tmp_path: Path) -> None:
    folder = init(tmp_path / "project")
    code = f"from holdfast.bootstrap import *; open_project(Path({str(folder)!r})).close()"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    with open_project(folder) as project:
        assert len(project.moves()) == 1
