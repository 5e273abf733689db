"""Ask the data: traces, decisions, and anything in SQL."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from holdfast.domain.decision import Decision
from holdfast.domain.event import STORES
from holdfast.domain.moment import Cut
from holdfast.errors import NotFoundError, UsageError
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.ports.query import Answer, View
from holdfast.ports.telemetry import INT, REAL, TABLES, TEXT, TEXTS, TIMES, Row

DECISION = {
    "at_us": INT,
    "id": TEXT,
    "environment": TEXT,
    "session": TEXT,
    "question": TEXT,
    "answer": TEXT,
    "status": TEXT,
    "error": TEXT,
    "release": TEXT,
    "timeline": INT,
    "tick": INT,
    "corpus": TEXT,
    "model": TEXT,
    "fingerprint": TEXT,
    "seed": INT,
    "input_tokens": INT,
    "output_tokens": INT,
    "cost": REAL,
    "seconds": REAL,
    "cached": INT,
    "passages": TEXTS,
    "rules": TEXTS,
    "missing": TEXTS,
    "stamp": TEXT,
    "metadata": TEXT,
}
"""Columns of ``decisions``."""
EVENT = {
    "tick": INT,
    "place": INT,
    "timeline": INT,
    "at_us": INT,
    "operation": TEXT,
    "actor": TEXT,
    "reason": TEXT,
    "store": TEXT,
    "key": TEXT,
    "value": TEXT,
}
"""Columns of ``events``; a store's own view has those that name the entry."""
TIME = "make_timestamptz(at_us) AS time, * EXCLUDE (at_us)"
TRACE = re.compile(r"[0-9a-f]{32}")
PREFIX = re.compile(r"[0-9a-f]{4,31}")


class Questions:
    """What can be asked of a project: ``Questions(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def sql(
        self,
        text: str,
        *,
        environment: str | None = None,
        at: str | None = None,
        everything: bool = False,
        limit: int = 1_000,
    ) -> Answer:
        """The rows of a SELECT over spans, points, logs, events and every store of the ledger.

        The ledger's rows are those of an environment at a moment, or with ``everything`` those
        of all timelines. Raises ``UsageError``.
        """
        engine = self._system.engine()
        cut = None if everything else self._cut(environment, at)
        named = engine.names(text)
        views = [self._view(name, cut) for name in (*TABLES, "events", *STORES) if name in named]
        return engine.query(text, views=views, limit=limit)

    def decisions(
        self,
        where: str = "",
        *,
        since: str | None = None,
        environment: str | None = None,
        at: str | None = None,
        limit: int = 100,
    ) -> Answer:
        """Decisions that meet an SQL condition, newest first."""
        conditions = [f"({where})"] if where.strip() else []
        if since is not None:
            time = self._system.clock.parse(since)
            if time is None:
                raise UsageError(f"{since!r} is no time; write a timestamp or '2 hours ago'")
            conditions.append(f"time >= make_timestamptz({time:d})")
        kept = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text = f"SELECT * FROM decisions{kept} ORDER BY time DESC"  # noqa: S608 - reads only
        return self.sql(text, environment=environment, at=at, limit=limit)

    def trace(self, name: str) -> list[Row]:
        """The spans of a trace by its id or the beginning of it, or by a decision's id.

        Raises ``NotFoundError``.
        """
        found = self._system.spans().trace(self._trace_id(name))
        if not found:
            raise NotFoundError(f"no trace {name!r}; 'holdfast trace' lists the latest")
        return found

    def latest(self, limit: int) -> list[Row]:
        """The newest spans without a parent."""
        return self._system.spans().latest(limit)

    def _trace_id(self, name: str) -> str:
        lowered = name.lower()
        if TRACE.fullmatch(lowered):
            return lowered
        if PREFIX.fullmatch(lowered):
            condition = f"starts_with(trace_id, '{lowered}')"
        elif re.fullmatch(r"[\w.-]{1,100}", name):
            condition = f"decision = '{name}'"
        else:
            raise NotFoundError(f"no trace {name!r}; give its id, or a decision's")
        text = f"SELECT DISTINCT trace_id FROM spans WHERE {condition}"  # noqa: S608 - checked above
        rows = self.sql(text, everything=True, limit=2).rows
        if len(rows) != 1:
            some = "more than one trace" if rows else "no trace"
            raise NotFoundError(f"{some} {name!r}; 'holdfast trace' lists the latest")
        return str(rows[0][0])

    def _cut(self, environment: str | None, at: str | None) -> Cut:
        name = environment or self._system.settings.project.environment
        return self._system.view(name, at).cut

    def _view(self, name: str, cut: Cut | None) -> View:
        if name in TABLES:
            return self._table(name)
        if name == "events":
            rows = list(self._events(Query(within=cut)))
            return View(name, rows=rows, columns=EVENT, select=TIME)
        live = self._live(name, cut)
        if name == "decisions":
            rows = [_decision(row["value"]) for row in live]
            return View(name, rows=rows, columns=DECISION, select=TIME)
        columns = {key: kind for key, kind in EVENT.items() if key not in ("store", "place")}
        rows = [{**row, "value": json.dumps(row["value"])} for row in live]
        return View(name, rows=rows, columns=columns, select=TIME)

    def _table(self, name: str) -> View:
        telemetry = self._system.telemetry()
        relations = tuple(telemetry.relation(name, day) for day in telemetry.days(name))
        seconds = ", duration_ns / 1e9 AS seconds" if name == "spans" else ""
        start = "start" if name == "spans" else "time"
        shown = f"make_timestamptz({TIMES[name]} // 1000) AS {start}{seconds}, * EXCLUDE (batch)"
        if relations:
            return View(name, relations=relations, select=shown)
        return View(name, columns=TABLES[name], select=shown)

    def _events(self, query: Query) -> Iterator[Row]:
        for commit, entry in self._system.ledger.history(query):
            yield {
                "tick": commit.tick,
                "place": entry.id.place,
                "timeline": entry.timeline,
                "at_us": commit.at,
                "operation": commit.operation,
                "actor": commit.actor,
                "reason": commit.reason,
                "store": entry.store,
                "key": entry.key,
                "value": json.dumps(entry.value),
            }

    def _live(self, store: str, cut: Cut | None) -> list[Row]:
        """What each key of a store has; with no cut, on any timeline."""
        newest: dict[str, Row] = {}
        for commit, entry in self._system.ledger.history(Query(store=store, within=cut)):
            if entry.value is None:
                newest.pop(entry.key, None)
                continue
            newest[entry.key] = {
                "tick": commit.tick,
                "timeline": entry.timeline,
                "at_us": commit.at,
                "operation": commit.operation,
                "actor": commit.actor,
                "reason": commit.reason,
                "key": entry.key,
                "value": entry.value,
            }
        return list(newest.values())


def _decision(value: dict[str, Any]) -> Row:
    decision = Decision.from_json(value)
    stamp = decision.stamp
    last = stamp.prompts[-1] if stamp.prompts else None

    def total(read: Callable[[Any], int | None]) -> int | None:
        counts = [read(step) for step in stamp.prompts]
        return sum(count for count in counts if count is not None) if any(counts) else None

    return {
        "at_us": decision.at,
        "id": decision.id,
        "environment": decision.environment,
        "session": decision.session,
        "question": decision.question,
        "answer": decision.answer,
        "status": decision.status,
        "error": decision.error,
        "release": stamp.release,
        "timeline": stamp.timeline,
        "tick": stamp.tick,
        "corpus": stamp.corpus,
        "model": last.model if last else None,
        "fingerprint": last.fingerprint if last else None,
        "seed": last.seed if last else None,
        "input_tokens": total(lambda step: step.input_tokens),
        "output_tokens": total(lambda step: step.output_tokens),
        "cost": stamp.cost,
        "seconds": stamp.latency.get("total"),
        "cached": int(stamp.cache is not None),
        "passages": [hit.chunk for hit in stamp.hits[: stamp.used]],
        "rules": [finding.rule for finding in stamp.findings],
        "missing": list(stamp.missing),
        "stamp": json.dumps(value["stamp"]),
        "metadata": json.dumps(decision.metadata),
    }


def plain(value: Any) -> Any:
    """A value of the database as what JSON knows."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
