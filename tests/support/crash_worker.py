"""A process that uses a whole project from many threads, saying what was acknowledged, until it
is killed.

python crash_worker.py PROJECT SEED [STEP ...]

Without steps it takes all of them.

Lines are JSON: ``begin`` before a step, ``done`` with what the caller was told, ``refused`` for an
error that the state allows, ``broken`` for any other.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from holdfast.bootstrap import open_project
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import ConflictError, FencedError, StateError
from holdfast.project import Project

SUBJECTS = ("returns", "shipping", "discounts", "opening hours", "warranty", "gift cards")
NAMES = tuple(f"{number:02}.md" for number in range(14))
REFUSALS = (FencedError, ConflictError, StateError)
Told = dict[str, Any]
Step = Callable[[random.Random], Told | None]


def say(**line: Any) -> None:
    """One short write to a pipe is atomic: a line is there whole or not at all."""
    os.write(1, (json.dumps(line) + "\n").encode())


class Life:
    """What the threads do to one project; every method is one step and yields what it was told."""

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.seed = seed
        self.ticks: list[int] = []
        self.decisions: list[str] = []
        self.folder = project.root / "documents"
        self.releases = json.loads((project.root / "releases.json").read_text())

    def mutate(self, chance: random.Random) -> None:
        """Files appear, change and vanish under the ingestion, as an editor does it."""
        for name in chance.sample(NAMES, 3):
            file = self.folder / name
            if file.exists() and chance.random() < 0.25:
                file.unlink(missing_ok=True)
            else:
                new = self.folder / f".new-{threading.get_ident()}"
                new.write_text(text(name, chance))
                new.replace(file)

    def ingest(self, chance: random.Random) -> Told:
        done = self.project.ingest(sync=True)
        return {"corpus": done.corpus, "tick": self.mark()}

    def bring(self, chance: random.Random) -> Told:
        """As the server does: enqueue, then drain."""
        names = chance.sample(NAMES, 2)
        sources = [text(name, chance).encode() for name in names]
        documents = [
            (f"api/{name}", Document(digest_bytes(source), "text/markdown", source))
            for name, source in zip(names, sources, strict=True)
        ]
        keys = self.project.enqueue(documents)
        if chance.random() < 0.7:
            self.project.drain()
        return {"queued": {key: d.digest for key, (_, d) in zip(keys, documents, strict=True)}}

    def ask(self, chance: random.Random) -> Told:
        question = f"What do I have to know about {chance.choice(SUBJECTS)}?"
        session = f"s{chance.randrange(3)}" if chance.random() < 0.6 else ""
        decision = self.project.ask(question, session=session)
        self.decisions.append(decision.id)
        stamp = decision.stamp
        return {
            "decision": decision.id,
            "answer": decision.answer,
            "behaviour": stamp.behaviour(),
            "corpus": stamp.corpus,
            "cut": [stamp.timeline, stamp.tick],
        }

    def rate(self, chance: random.Random) -> Told | None:
        if not self.decisions:
            return None
        decision = chance.choice(self.decisions[-20:])
        verdict = chance.choice(("up", "down"))
        return {"tick": self.project.feedback(decision, verdict), "about": decision, "is": verdict}

    def deploy(self, chance: random.Random) -> Told | None:
        done = self.project.deploy(chance.choice(self.releases))
        return None if done.tick is None else {"tick": done.tick, "release": done.release}

    def snapshot(self, chance: random.Random) -> Told:
        made = self.project.snapshot(f"s-{os.getpid()}-{time.time_ns()}")
        return {"name": made.name, "cut": [made.cut.timeline, made.cut.tick], "corpus": made.corpus}

    def rollback(self, chance: random.Random) -> Told | None:
        if not self.ticks:
            return None
        tick = chance.choice(self.ticks[-12:])
        arrivals = chance.choice(("leave", "requeue", "quarantine"))
        done = self.project.rollback(f"@{tick}", arrivals=arrivals)
        return {
            "to": [done.to.timeline, done.to.tick],
            "after": [done.after.timeline, done.after.tick],
        }

    def clean(self, chance: random.Random) -> Told:
        return {"freed": self.project.clean().collected.bytes}

    def mark(self) -> int:
        """Remember a moment that can be returned to: something is deployed there."""
        tick = self.project.head().tick
        self.ticks.append(tick)
        return tick


def text(name: str, chance: random.Random) -> str:
    """A document with words of its own, by which it can be found."""
    mark = f"mark{chance.randrange(10**9)}"
    parts = [f"# About {name} {mark}"]
    for subject in chance.sample(SUBJECTS, chance.randrange(1, 4)):
        days = chance.randrange(1, 60)
        parts.append(f"## On {subject}\n\nFor {subject} you have {days} days with {mark}. " * 2)
    return "\n\n".join(parts) + "\n"


def threads(life: Life) -> Iterator[tuple[str, Step, float]]:
    """Who does what, and about how long he rests between two steps."""
    yield "mutate", life.mutate, 0.02
    yield "ingest", life.ingest, 0.01
    yield "ingest", life.ingest, 0.05
    yield "bring", life.bring, 0.05
    yield "ask", life.ask, 0.005
    yield "ask", life.ask, 0.005
    yield "rate", life.rate, 0.02
    yield "deploy", life.deploy, 0.1
    yield "snapshot", life.snapshot, 0.05
    yield "rollback", life.rollback, (0.3, 1.0, 3.0)[life.seed % 3]
    yield "clean", life.clean, 0.2


def live(name: str, step: Step, *, rest: float, seed: str) -> None:
    """Take one step after the other, for ever."""
    chance = random.Random(seed)
    for number in itertools.count():
        said = {"step": name, "thread": seed, "number": number}
        if name != "mutate":
            say(begin=True, **said)
        try:
            told = step(chance)
        except REFUSALS as e:
            say(refused=type(e).__name__, message=str(e), **said)
        except Exception:  # noqa: BLE001 - whatever it is, the parent is to know
            say(broken=traceback.format_exc(), **said)
        else:
            if name != "mutate":
                say(done=told, **said)
        time.sleep(rest * 2 * chance.random())


def main() -> None:
    folder, seed, wanted = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    say(opening=True)
    project = open_project(folder)
    life = Life(project, seed)
    life.mark()
    project.warm()
    say(opened=True)
    for place, (name, step, rest) in enumerate(threads(life)):
        if wanted and name not in wanted:
            continue
        arguments = {"rest": rest, "seed": f"{seed}-{place}"}
        threading.Thread(target=live, args=(name, step), kwargs=arguments, daemon=True).start()
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
