"""A small life of a project that is killed at its n-th durable step, whichever that is.

A step is a moment before or after anything that reaches the disk: a file synced, renamed or made,
a table created, written or committed, a transaction begun or committed.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

PRELOADED = ["holdfast.bootstrap", "holdfast.adapters.wordllama", "pyarrow"]


class Steps:
    """Counts steps and ends the process without a word at the chosen one (0: never)."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0
        self.names: list[str] = []

    def step(self, name: str) -> None:
        self.count += 1
        self.names.append(name)
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Make a function's begin and end steps."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.step(f"before {name}")
            result = function(*args, **kwargs)
            self.step(f"after {name}")
            return result

        static = isinstance(owner, type) and isinstance(owner.__dict__[name], staticmethod)
        setattr(owner, name, staticmethod(stepped) if static else stepped)


def watched(steps: Steps) -> None:
    """Put a step around everything that reaches the disk."""
    import lance

    from holdfast.adapters.lance import table
    from holdfast.adapters.sql.database import Database

    for name in ("fsync", "replace", "rename", "mkdir"):
        steps.around(os, name)
    steps.around(lance, "write_dataset")
    steps.around(lance.LanceDataset, "commit")
    steps.around(table, "write_fragments")
    steps.around(table.Table, "_compact")
    transaction = Database.transaction

    @contextmanager
    def stepped(self: Database) -> Iterator[Any]:
        steps.step("before BEGIN")
        with transaction(self) as cursor:
            yield cursor
            steps.step("before COMMIT")
        steps.step("after COMMIT")

    Database.transaction = stepped  # type: ignore[method-assign]


def run(folder: Path, last: int, told: Path) -> None:
    """Live the life, writing down what was acknowledged as the kill tests' worker does."""
    steps = Steps(last)
    watched(steps)
    from holdfast.bootstrap import open_project

    with told.open("a", buffering=1) as out:

        def say(step: str, done: dict[str, Any] | None) -> None:
            out.write(json.dumps({"step": step, "done": done or {"": 1}}) + "\n")

        project = open_project(folder)
        for name, act in LIFE:
            say(name, act(project))
        project.close()
        out.write(json.dumps({"count": steps.count, "names": steps.names}) + "\n")


def _ingest(project: Any) -> dict[str, Any]:
    return {"corpus": project.ingest(sync=True).corpus}


def _change(project: Any) -> None:
    documents = project.root / "documents"
    (documents / "returns.md").write_text("# Returns\n\nYou have ninety days to return it.\n")
    (documents / "new.md").write_text("# Gift cards\n\nA gift card never expires.\n")
    (documents / "shipping.md").unlink()


def _deploy(project: Any) -> dict[str, Any] | None:
    prompt = project.root / "prompts/answer.md"
    prompt.write_text(prompt.read_text() + "\n")
    done = project.deploy()
    return {"tick": done.tick, "release": done.release}


def _ask(project: Any) -> dict[str, Any]:
    decision = project.ask("How long may I return something?", session="s")
    stamp = decision.stamp
    return {
        "decision": decision.id,
        "answer": decision.answer,
        "behaviour": stamp.behaviour(),
        "corpus": stamp.corpus,
        "cut": [stamp.timeline, stamp.tick],
    }


def _rate(project: Any) -> dict[str, Any]:
    last = project.entries("decisions")[-1].key
    return {"tick": project.feedback(last, "up"), "about": last, "is": "up"}


def _snapshot(project: Any) -> dict[str, Any]:
    made = project.snapshot("here")
    return {"name": made.name, "cut": [made.cut.timeline, made.cut.tick], "corpus": made.corpus}


def _bring(project: Any) -> dict[str, Any]:
    from tests.support.crash_world import document

    one = document("# Warranty\n\nThe warranty lasts two years.")
    project.enqueue([("api/warranty.md", one)])
    return {"queued": {"api/warranty.md": one.digest}}


def _drain(project: Any) -> None:
    project.drain()


def _rollback(project: Any) -> dict[str, Any]:
    done = project.rollback("here", arrivals="requeue")
    return {
        "to": [done.to.timeline, done.to.tick],
        "after": [done.after.timeline, done.after.tick],
    }


def _drop(project: Any) -> None:
    """Something for the clean-up to take away."""
    from tests.support.crash_world import document

    project._system.lake.documents.put([document("nothing refers to it")])
    project._system.blobs.put(b"nothing refers to it")


def _clean(project: Any) -> None:
    project.clean()


LIFE: tuple[tuple[str, Callable[[Any], dict[str, Any] | None]], ...] = (
    ("ingest", _ingest),
    ("deploy", _deploy),
    ("ask", _ask),
    ("rate", _rate),
    ("snapshot", _snapshot),
    ("change", _change),
    ("ingest", _ingest),
    ("deploy", _deploy),
    ("bring", _bring),
    ("drain", _drain),
    ("ask", _ask),
    ("drop", _drop),
    ("clean", _clean),
    ("rollback", _rollback),
    ("drain", _drain),
    ("ask", _ask),
    ("clean", _clean),
)


@functools.cache
def server() -> ForkServerContext:
    """Processes that start quickly: all is imported, nothing is running yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def lived(folder: Path, last: int) -> list[dict[str, Any]]:
    """What a life in ``folder`` that ended at a step had acknowledged."""
    told = folder.with_suffix(".told")
    process = server().Process(target=run, args=(folder, last, told))
    process.start()
    process.join()
    lines = told.read_text().splitlines() if told.exists() else []
    ended = process.exitcode
    assert ended == (-signal.SIGKILL if last else 0), f"step {last} ended with {ended}"
    return [json.loads(line) for line in lines]
