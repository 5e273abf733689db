"""Figures over many decisions: what 'holdfast status', 'slo', 'drift' and a series by hour cost.

A ledger of made decisions over thirty days, with scores of a tenth of them, feedback and labels.
First the reading of the whole ledger, decision by decision; then the same from what was kept of
it, by commands of their own and in one process. Both must give equal figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import table

import holdfast
from holdfast import bootstrap
from holdfast.adapters.clock import SystemClock
from holdfast.domain.decision import new_id
from holdfast.domain.event import Change, Event
from holdfast.errors import StateError
from holdfast.observation import metrics
from holdfast.observation.columns import Columns, FactColumns
from holdfast.observation.duration import DAY, HOUR
from holdfast.observation.metrics import Rows
from holdfast.operations.system import System
from holdfast.operations.watch.monitors import Monitors
from holdfast.operations.watch.movement import movement
from holdfast.operations.watch.objectives import Objectives
from holdfast.operations.watch.observations import Observations, Span
from holdfast.ports.ledger import Query

DAYS = 30
TOGETHER = 500
REFERENCE = 1_000
"""Decisions up to which monitors are fitted."""
SCORED, SAID, LABELLED = 0.1, 0.05, 0.01
QUESTIONS = (
    "Can I return shoes that I wore once?",
    "How long may I return something?",
    "Is there a discount for students?",
    "What does express delivery cost?",
)
OBJECTIVE = """apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: shop
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        good: {{metricSource: {{type: holdfast, spec: {{measure: {name}}}}}}}
        total: {{metricSource: {{type: holdfast, spec: {{measure: decisions}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.9}}]
"""
PROMISED = ("availability", "policy", "resolved", "grounded")


class Then:
    """A clock that tells the times it is given, one a look."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.coming: Iterator[int] = iter(())

    def now(self) -> int:
        self.at = next(self.coming, self.at)
        return self.at

    def parse(self, phrase: str) -> int | None:
        raise NotImplementedError(phrase)


def made(folder: Path, *, decisions: int) -> Path:
    """The project in ``folder``; made anew unless one of this size is there already."""
    mark = folder / "made.json"
    if mark.is_file() and json.loads(mark.read_text()) == decisions:
        return folder
    began, span = time.perf_counter(), DAYS * DAY
    begin = time.time_ns() // 1000 - span
    clock = Then(begin)
    bootstrap.SystemClock = lambda: clock  # type: ignore[assignment, misc]
    with holdfast.init(folder) as project:
        project.ingest()
        project.deploy(reason="benchmark")
        asked = [project.ask(question).json() for question in QUESTIONS]
        timeline = project.head().timeline
        (folder / "slos").mkdir(exist_ok=True)
        for name in PROMISED:
            (folder / "slos" / f"{name}.yaml").write_text(OBJECTIVE.format(name=name))
        events = changes(asked, timeline=timeline, count=decisions, begin=begin + HOUR, span=span)
        while group := list(islice(events, TOGETHER)):
            clock.coming = iter([at for at, _ in group])
            for found in project.system.ledger.commit([change for _, change in group]):
                if isinstance(found, StateError):
                    raise found
    bootstrap.SystemClock = SystemClock  # type: ignore[misc]
    mark.write_text(json.dumps(decisions))
    print(f"made {decisions:,} in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return folder


def changes(
    asked: list[dict[str, Any]], *, timeline: int, count: int, begin: int, span: int
) -> Iterator[tuple[int, Change]]:
    """Decisions evenly over the time, in conversations of four, and what is said of them."""
    rng = random.Random(0)
    step = (span - 2 * HOUR) // count
    session = ""
    for number in range(count):
        at = begin + number * step
        if number % 4 == 0:
            session = f"s-{rng.getrandbits(64):016x}"
        value, name = dict(rng.choice(asked)), new_id("d", at=at)
        stages = value["stamp"]["latency"]
        latency = {stage: round(rng.expovariate(5.0), 6) for stage in stages}
        value |= {"id": name, "at": at, "session": session}
        value["stamp"] = {**value["stamp"], "latency": latency}
        if rng.random() < 0.02:
            value |= {"status": "failed", "answer": "", "error_code": "model_unavailable"}
        yield at, Change(timeline, "ask", (Event("decisions", name, value),))
        later: list[Event] = []
        if rng.random() < SCORED:
            for scorer in ("grounding", "relevance", "safety"):
                score: Any = rng.random() < 0.95 if scorer == "safety" else rng.random()
                score = 1.0 if scorer == "grounding" and score < 0.9 else score
                said = {"value": score, "error": "", "unsure": False, "detail": "", "why": "fair"}
                said |= {"scorer": scorer}
                later.append(Event("assessments", f"{name}/{scorer}", said))
        if rng.random() < SAID:
            verdict = "up" if rng.random() < 0.8 else "down"
            later.append(Event("feedback", name, {"verdict": verdict, "correction": ""}))
        if rng.random() < LABELLED:
            later.append(Event("labels", f"{name}/good", {"good": rng.random() < 0.9}))
        if later:
            yield at + 1, Change(timeline, "score", tuple(later))


def measured(root: Path) -> list[list[object]]:
    """What figures cost, by the ledger and by kept rows, in seconds of processor time."""
    rows: list[list[object]] = []
    with bootstrap.open_project(root) as project:
        room = Observations(project.system)
        span = room.span(None)
        plain = timed(lambda: FactColumns(room.facts(None, span)))
        rows.append(["24 h, decision by decision", plain.value.size, plain.seconds])
        first = timed(lambda: room.columns(None, room.span(None, since="31d")))
        rows.append(["31 d, keeping rows", first.value.size, first.seconds])
        equal = figures(plain.value, span) == figures(room.columns(None, span), span)
        assert equal, "kept rows tell other figures than the ledger"
    asked: tuple[tuple[str, Callable[[System], object]], ...] = (
        ("status, 24 h", lambda system: Observations(system).status()),
        ("status, 30 d", lambda system: Observations(system).status(since="30d")),
        ("slo, 4 objectives of 28 d", lambda system: Objectives(system).reports()),
        ("one by hour, 30 d", lambda system: Objectives(system).series(PROMISED[1])),
    )
    for name, ask in asked:
        with bootstrap.open_project(root) as project:
            cold, hot = (timed(lambda: ask(project.system)) for _ in range(2))  # noqa: B023
            rows += [[f"{name}: first", "", cold.seconds], [f"{name}: again", "", hot.seconds]]
    fitted(root)
    with bootstrap.open_project(root) as project:
        monitors = Monitors(project.system)
        for when in ("first", "again"):
            seconds = timed(lambda: movement(monitors, monitors.check())).seconds
            rows.append([f"what moved since the first {REFERENCE:,}: {when}", "", seconds])
    for command in (("status",), ("slo", "status"), ("drift",)):
        rows.append([f"holdfast {' '.join(command)}: the command", "", spent(root, *command)])
    return rows


def fitted(root: Path) -> None:
    """Take the first decisions for usual, in every monitor, unless that was done before."""
    with bootstrap.open_project(root) as project:
        monitors = Monitors(project.system)
        if not monitors.kept(project.environment):
            query = Query(store="decisions", limit=REFERENCE)
            *_, (last, _) = project.system.ledger.history(query)
            monitors.fit(at=f"@{last.tick}")


class Timed(NamedTuple):
    """What was found, and the processor time that it took."""

    value: Any
    seconds: float


def timed(work: Callable[[], Any]) -> Timed:
    began = time.process_time()
    value = work()
    return Timed(value, time.process_time() - began)


def figures(columns: Columns, span: Span) -> tuple[Rows, ...]:
    return metrics.rows(columns, since=span.since, until=span.until)


def spent(root: Path, *words: str) -> float:
    """Processor seconds of a command, the least of three."""
    least = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "holdfast.cli.main", "-C", str(root), *words]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime)
    return least


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="2,000 decisions")
    arguments.add_argument("--decisions", type=int, default=1_000_000)
    arguments.add_argument("--folder", type=Path, help="keep the made ledger here")
    given = arguments.parse_args()
    count = 2_000 if given.quick else given.decisions
    with tempfile.TemporaryDirectory() as folder:
        root = made(given.folder or Path(folder) / "status", decisions=count)
        rows = measured(root)
    table.show(
        "Figures of many decisions",
        inputs=f"{count:,} decisions over {DAYS} days, a tenth scored; load average "
        f"{os.getloadavg()[0]:.1f}; targets: status, slo and drift 1 s of CPU, a series 0.1 s",
        columns=("what", "decisions", "CPU s"),
        rows=rows,
    )


if __name__ == "__main__":
    main()
