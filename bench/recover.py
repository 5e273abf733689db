"""Taking back what rests on one document: the cost follows what is taken back, not the ledger.

A ledger as months of answering leave it: decisions with their turns, cache entries and feedback.
Some of the answers rest on a bad document. Each recovery is undone by a rollback, so that the next
one finds the same; following the lineage, the larger part of it, is also timed on its own.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from table import show

from holdfast.bootstrap import init_project
from holdfast.domain.digest import digest
from holdfast.domain.event import Change, Edge, Event
from holdfast.operations.ingest import intake_for
from holdfast.operations.recover.cause import cause
from holdfast.operations.recover.recover import Order, recover
from holdfast.operations.recover.taint import close
from holdfast.operations.system import System
from holdfast.pipeline.ingest import Plan, make_live
from holdfast.project import Project

TOGETHER = 50
"""Answers per change while the ledger is made, so that it is made in minutes."""
EVENTS = 4
"""Events of one answer: decision, turn, cache entry, feedback."""
SHARES = (0.001, 0.01, 0.1)
TIMES = 5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="20k events, and 2k beside them")
    options.add_argument("--events", type=int, default=1_000_000)
    given = options.parse_args()
    events = 20_000 if given.quick else given.events
    rows: list[list[object]] = []
    for size in (events // 10, events):
        with tempfile.TemporaryDirectory() as scratch:
            project = init_project(Path(scratch) / "made")
            make(project.system, events=size)
            rows += [measured(project, size=size, share=share) for share in SHARES]
            project.close()
    show(
        "Recover: everything that rests on one document, in one transaction",
        inputs=f"one document each behind {', '.join(f'{s:.1%}' for s in SHARES)} of the answers, "
        f"{EVENTS} events an answer; best and median of {TIMES}, each undone by a rollback",
        columns=(
            "events",
            "tainted",
            "revoked",
            "find s",
            "whole s, best",
            "median",
            "CPU s",
            "us CPU an event",
            "undo ms",
        ),
        rows=rows,
    )


def make(system: System, *, events: int) -> None:
    """The documents, then the answers."""
    intake = intake_for(system, system.settings.project.environment)
    live = [
        Event(
            "documents",
            path(share),
            {"document": digest(path(share)), "media_type": "text/plain", "title": "", "bytes": 9},
            (Edge(f"document:{digest(path(share))}"),),
        )
        for share in SHARES
    ]
    make_live(lambda _: Plan(tuple(live)), operation="ingest", intake=intake)
    timeline = system.head(system.settings.project.environment).timeline
    chance = random.Random(1)
    answers = events // EVENTS
    for first in range(0, answers, TOGETHER):
        numbers = range(first, min(first + TOGETHER, answers))
        events = [event for number in numbers for event in answer(number, chance)]
        system.append.append(Change(timeline, "ask", tuple(events)))


def path(share: float) -> str:
    return f"bad/{share}.md"


def answer(number: int, chance: random.Random) -> tuple[Event, ...]:
    """A decision and what is made of it; it may rest on one of the bad documents."""
    name = f"d-{number:08}"
    edges = [Edge(f"document:{digest(f'good {chance.randrange(5_000)}')}", 0.9)]
    drawn = chance.random()
    for share in SHARES:
        if drawn < share:
            edges.append(Edge(f"document:{digest(path(share))}", 0.8))
            break
        drawn -= share
    own = (Edge(f"decision:{name}"),)
    value = {"question": "what?", "answer": "that"}
    return (
        Event("decisions", name, value, tuple(edges)),
        Event("memory", f"s-{number // 3}/{name}", value, own),
        Event("cache", f"release/evidence/{name}", value, own),
        Event("feedback", name, {"verdict": "up", "correction": "", "question": "what?"}, own),
    )


def measured(project: Project, *, size: int, share: float) -> list[object]:
    """One row of the table."""
    system, environment = project.system, project.environment
    finding, whole, cpu, undoing = [], [], [], []
    revoked = 0
    for _ in range(TIMES):
        started = time.perf_counter()
        found = cause(system, environment, name=path(share))
        close(system, found, cut=system.head(environment).cut, threshold=0.15)
        finding.append(time.perf_counter() - started)
        started, spent = time.perf_counter(), time.process_time()
        found = cause(system, environment, name=path(share))
        done = recover(
            system, environment, cause=found, order=replace(Order(0.15), arrivals="leave")
        )
        whole.append(time.perf_counter() - started)
        cpu.append(time.process_time() - spent)
        revoked = sum(done.loss.revoked.values())
        assert revoked > size * share * 0.8
        assert system.ledger.read([("documents", path(share))], done.after) == [None]
        started = time.perf_counter()
        project.rollback(str(done.before))
        undoing.append(time.perf_counter() - started)
    best, median = min(whole), sorted(whole)[TIMES // 2]
    each = min(cpu) / revoked * 1e6
    undo = sorted(undoing)[TIMES // 2] * 1000
    return [
        f"{size:,}",
        f"{share:.1%}",
        f"{revoked:,}",
        min(finding),
        best,
        median,
        min(cpu),
        each,
        undo,
    ]


if __name__ == "__main__":
    main()
