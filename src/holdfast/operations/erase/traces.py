"""A user's telemetry: which traces are theirs, and taking them out of the daily tables."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from holdfast.errors import BusyError
from holdfast.observation.sort import Sorter
from holdfast.operations.erase.subject import DECISION, SESSION, USER, Subject
from holdfast.operations.system import System
from holdfast.ports.query import View
from holdfast.ports.telemetry import TEXT

TABLES = ("spans", "logs")
"""Those whose rows belong to traces."""
MOST = 10_000_000
PATIENCE = 60.0
"""Seconds to wait for whoever sorts the inbox."""
PAUSE = 0.1


def settle(system: System, *, patience: float = PATIENCE) -> None:
    """See that everything that came in before now is in the tables. Raises ``BusyError``."""
    inbox = system.inbox()
    now, give_up = system.clock.now(), time.monotonic() + patience
    while (oldest := inbox.take(limit=1, room=1)) and oldest[0].at <= now:
        with inbox.alone() as held:
            if held:
                keep_days = system.settings.collect.keep_days
                Sorter(inbox, system.telemetry(), keep_days=keep_days).sort()
        if not held:
            if time.monotonic() > give_up:
                raise BusyError("the inbox is being worked on by another process; try again")
            time.sleep(PAUSE)


def traces_of(system: System, subject: Subject, *, decisions: Iterable[str]) -> list[str]:
    """Traces in which a span names the session, the user or one of the decisions."""
    telemetry, found = system.telemetry(), set()
    names = {SESSION: "session", USER: '"user"', DECISION: "decision"}
    wanted = [{"id": name} for name in sorted({*decisions})]
    for day in telemetry.days("spans"):
        views = [
            View("spans", relations=(telemetry.relation("spans", day),)),
            View("wanted", rows=wanted, columns={"id": TEXT}),
            View(
                "subject",
                rows=[{"id": name} for name in sorted(subject.names)],
                columns={"id": TEXT},
            ),
        ]
        text = (
            "SELECT DISTINCT trace_id FROM spans WHERE decision IN (SELECT id FROM wanted) "  # noqa: S608 - the name is ours
            f"OR {names[subject.kind]} IN (SELECT id FROM subject)"
        )
        answer = system.engine().query(text, views=views, limit=MOST)
        found |= {str(row[0]) for row in answer.rows}
    return sorted(found)


def count(system: System, traces: Sequence[str]) -> int:
    """How many rows the traces have."""
    telemetry, rows = system.telemetry(), 0
    wanted = View("wanted", rows=[{"id": name} for name in traces], columns={"id": TEXT})
    for table in TABLES if traces else ():
        for day in telemetry.days(table):
            of_day = View("rows", relations=(telemetry.relation(table, day),))
            text = "SELECT count(*) FROM rows WHERE trace_id IN (SELECT id FROM wanted)"
            answer = system.engine().query(text, views=[of_day, wanted], limit=1)
            rows += int(answer.rows[0][0])
    return rows


def erase_traces(system: System, traces: Sequence[str]) -> None:
    """Take the traces' rows out of every day, with the bytes that they had."""
    telemetry = system.telemetry()
    for table in TABLES if traces else ():
        for day in telemetry.days(table):
            telemetry.erase(table, day, traces=traces)
