"""Kill a process that works on a project at a random moment, then look at what it left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.bootstrap import init_project, open_project
from holdfast.domain.moment import Cut
from holdfast.errors import HoldfastError
from holdfast.operations.init import init
from holdfast.ports.ledger import Query
from holdfast.project import Project
from holdfast.store.lake import corpus
from holdfast.store.lake.search import CorpusSearch
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.chain import verify
from tests.support.crash_world import recomputed

WORKER = Path(__file__).with_name("crash_worker.py")
SAMPLE = 6
"""Acknowledged decisions that are replayed after each kill."""
Line = dict[str, Any]


@dataclass
class Kill:
    """What a killed process had said, and what was found afterwards."""

    lines: list[Line]
    seconds: float
    violations: list[str] = field(default_factory=list)
    taken_over: int = 0
    """Documents that the killed process had claimed or queued."""

    @property
    def under_way(self) -> list[str]:
        """The steps that had begun and were not acknowledged."""
        last = {line["thread"]: line for line in self.lines if "thread" in line}
        steps = sorted(line["step"] for line in last.values() if "begin" in line)
        said = {key for line in self.lines for key in line}
        return steps if "opened" in said else ["open"]

    @property
    def told(self) -> list[Line]:
        """Acknowledged steps."""
        return [line for line in self.lines if line.get("done")]

    def counts(self) -> Counter[str]:
        """Acknowledged steps by name."""
        return Counter(line["step"] for line in self.told)

    def refusals(self) -> Counter[str]:
        """Refused steps by name: rolled back, or somebody else was first."""
        return Counter(line["step"] for line in self.lines if "refused" in line)


def prepared(folder: Path) -> None:
    """A project with three releases that answer in turn, two of them in one space."""
    with init_project(folder) as project:
        project.ingest()
        releases = [project.deploy().release]
    settings = folder / "holdfast.toml"
    settings.write_text(
        settings.read_text().replace("max_characters = 800", "max_characters = 300")
        + "\n[storage]\ngrace_minutes = 0\n"
    )
    for words in ("one to three sentences", "one or two sentences"):
        prompt = folder / "prompts/answer.md"
        prompt.write_text(prompt.read_text().replace("one to three sentences", words))
        with open_project(folder) as project:
            project.ingest()
            releases.append(project.deploy().release)
    assert len(set(releases)) == 3
    (folder / "releases.json").write_text(json.dumps(releases))


def short_lived(folder: Path) -> Path:
    """A project folder that nobody has opened yet, with clean-ups that take what they can."""
    settings = init(folder) / "holdfast.toml"
    settings.write_text(settings.read_text() + "\n[storage]\ngrace_minutes = 0\n")
    return folder


def killed(folder: Path, *, seed: int, pause: float | None = None) -> Kill:
    """Let a process work, kill it, and check the project in this one."""
    chance = random.Random(seed)
    # Now and then before the project is open.
    wanted = "opening" if chance.random() < 0.1 else "opened"
    pause = pause if pause is not None else 0.05 + 2.5 * chance.random()
    environment = {**os.environ, "PYTHONPATH": str(WORKER.parents[2])}
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    with process:
        said = [process.stdout.readline()]
        while said[-1] and wanted not in json.loads(said[-1]):
            said.append(process.stdout.readline())
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines()
    lines = [json.loads(line) for line in said if line.strip().endswith(b"}")]
    kill = Kill(lines, pause)
    check(folder, kill, chance=chance)
    return kill


def check(folder: Path, kill: Kill, *, chance: random.Random) -> None:
    """Open the project as anybody would and look for anything that is not as it was told."""
    wrong = kill.violations
    wrong += [f"{line['step']}: {line['broken']}" for line in kill.lines if "broken" in line]
    wrong += [f"a question was refused: {line!r}" for line in kill.lines if _refused(line)]
    with open_project(folder) as project:
        try:
            verify(project._system.ledger)
            wrong += acknowledged(project, kill)
            if project.entries("releases") == []:
                project.ingest(sync=True)
                project.deploy()
            wrong += whole(project)
            kill.taken_over = len([i for i in project.queue() if i.waits])
            project.ingest(sync=True)
            project.drain()
            left = [item for item in project.queue() if item.waits]
            wrong += [f"still on the queue: {item!r}" for item in left]
            odd = [i for i in project.queue() if i.status == "quarantined"]
            wrong += [f"set aside: {i!r}" for i in odd if "rolled back" not in i.reason]
            wrong += whole(project)
            wrong += answers(project, kill, chance=chance)
        except HoldfastError as e:
            wrong.append(f"{type(e).__name__}: {e}")


def _refused(line: Line) -> bool:
    return line.get("step") == "ask" and "refused" in line


def acknowledged(project: Project, kill: Kill) -> list[str]:
    """What was told and is not there."""
    ledger = project._system.ledger
    history = {
        (commit.tick, entry.store, entry.key): entry.value
        for commit, entry in ledger.history(Query())
    }
    corpora = {value["digest"] for (_, store, _), value in history.items() if store == "corpus"}
    documents = {
        (key, value["document"])
        for (_, store, key), value in history.items()
        if store == "queue" and value is not None
    }
    snapshots = {made.name: made for made in project.snapshots()}
    moved = {move.timeline: move.tick for move in project.moves()}
    wrong = []
    for line in kill.told:
        told = line["done"]
        match line["step"]:
            case "ingest":
                there = told["corpus"] in corpora
            case "bring":
                there = set(told["queued"].items()) <= documents
            case "ask":
                there = _same(project, told)
            case "rate":
                value = history.get((told["tick"], "feedback", told["about"]))
                there = value is not None and value["verdict"] == told["is"]
            case "deploy":
                value = history.get((told["tick"], "releases", "deployed"))
                there = value == {"release": told["release"]}
            case "snapshot":
                made = snapshots.get(told["name"])
                there = made is not None and made.cut == Cut(*told["cut"])
                there = there and made.corpus == told["corpus"]
            case "rollback":
                timeline, tick = told["after"]
                fork = ledger.timeline(timeline).fork if moved.get(timeline) == tick else None
                there = fork == Cut(*told["to"])
            case _:
                there = True
        if not there:
            wrong.append(f"acknowledged and lost: {line!r}")
    return wrong


def _same(project: Project, told: Line) -> bool:
    decision = project.decision(told["decision"])
    stamp = decision.stamp
    found = {
        "decision": decision.id,
        "answer": decision.answer,
        "behaviour": stamp.behaviour(),
        "corpus": stamp.corpus,
        "cut": [stamp.timeline, stamp.tick],
    }
    return found == told


def whole(project: Project) -> list[str]:
    """Heads whose corpus is not what its digest says, or cannot all be searched and read."""
    wrong = []
    system = project._system
    for name, head in project.environments().items():
        view = View(system.ledger, head.cut)
        state = corpus.state(view)
        entries = view.scan("documents")
        if (state.digest, state.documents) != (recomputed(view), len(entries)):
            wrong.append(f"the corpus of {name} at {head.cut} is not what its digest says")
        ready = project.runtime(project.deployed(environment=name))
        search = system.search(ready.space)
        wrong += unread({e.key: e.value["document"] for e in entries}, search, head.cut, project)
        for entry in entries:
            found = project.retrieve(entry.value["title"], environment=name, limit=50).passages
            if entry.key not in {passage.path for passage in found} and entry.value[
                "document"
            ] not in {passage.document for passage in found}:
                wrong.append(f"{entry.key!r} is live at {head.cut} and not found by its title")
    return wrong


def unread(live: dict[str, str], search: CorpusSearch, cut: Cut, project: Project) -> list[str]:
    """Live documents whose chunks are not there, or not what they were."""
    chunks = project._system.lake.chunks
    rows: dict[str, list[int]] = {}
    for columns in chunks.columns(search.space):
        for row, document in zip(columns.rows.tolist(), columns.documents, strict=True):
            rows.setdefault(bytes(document).hex(), []).append(row)
    wrong = [
        f"{path!r} is live at {cut} without chunks" for path, d in live.items() if d not in rows
    ]
    wanted = [row for document in set(live.values()) for row in rows.get(document, [])]
    taken = {chunk.document for chunk in chunks.take(wanted, space=search.space)}
    if taken != set(live.values()) & rows.keys():
        wrong.append(f"chunks of other documents than the live ones at {cut}")
    if search.live(cut).by_path() != live:
        wrong.append(f"the search shows other documents at {cut} than the ledger")
    return wrong


def answers(project: Project, kill: Kill, *, chance: random.Random) -> list[str]:
    """A new answer, and old ones again."""
    wrong = []
    made = [line["done"]["decision"] for line in kill.told if line["step"] == "ask"]
    new = project.ask("What do I have to know about returns?", session="s1")
    for name in (*chance.sample(made, min(SAMPLE, len(made))), new.id):
        replay = project.replay(name)
        if not replay.identical:
            differing = [stage for stage in replay.stages if not stage.identical]
            wrong.append(f"replay of {name} differs: {differing!r}")
    return wrong


def litter(folder: Path) -> list[Path]:
    """Files that only a writer at work should have."""
    home = folder / ".holdfast"
    return [path for path in home.rglob("*") if path.name.startswith((".new-", "tmp", ".tmp"))]
