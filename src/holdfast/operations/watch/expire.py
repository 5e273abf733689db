"""Remove telemetry that is older than it is kept, but for what is still needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdfast.domain.event import STORES
from holdfast.evaluation import dataset
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.ports.query import View
from holdfast.ports.telemetry import TABLES, TEXT

NAMED = re.compile(r"\b(?:d-[0-9a-f]{26}|[0-9a-f]{32})\b")
"""Ids of decisions and traces, wherever they stand in a text."""
OWN = (
    "decisions", "documents", "corpus", "queue", "cache", "memory", "prompts", "releases",
    "baselines", "probes",
)  # fmt: skip
"""Stores whose events need no span: a stamp holds all that a decision of ours rests on."""
MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Expired:
    """What was removed or, on a dry run, would be."""

    days: tuple[str, ...]
    """``spans/2026-08-01`` and so on."""
    rows: int
    kept: int
    """Traces of those days that something on the ledger still names."""


def expire(system: System, *, dry_run: bool = False) -> Expired:
    """Remove the days of spans, points and records before ``collect.keep_days``.

    Traces stay that the ledger names: feedback, labels, datasets, incidents, scores, by the
    trace's id or by that of a decision in it.
    """
    telemetry = system.telemetry()
    now = datetime.fromtimestamp(system.clock.now() / 1e6, tz=UTC)
    first = (now - timedelta(days=system.settings.collect.keep_days)).strftime("%Y-%m-%d")
    old = [(table, day) for table in TABLES for day in telemetry.days(table) if day < first]
    named = set(_named(system)) if old else set()
    rows = kept = 0
    days = []
    for table, day in old:
        keep = _needed(system, day, named=named) if table == "spans" else []
        if dry_run:
            gone = _count(system, table, day, keep=keep)
        else:
            gone = telemetry.drop(table, day, keep=keep)
        if gone:
            days.append(f"{table}/{day}")
        rows += gone
        kept += len(keep)
    return Expired(tuple(days), rows, kept)


def _named(system: System) -> Iterator[str]:
    """Every id of a decision or trace that stands on the ledger or in a dataset."""
    for store in STORES.keys() - set(OWN):
        for _, entry in system.ledger.history(Query(store=store)):
            yield from NAMED.findall(f"{entry.key} {json.dumps(entry.value)}")
    for address in dataset.pinned(system.ledger):
        yield from NAMED.findall(system.blobs.get(address).decode("utf-8", errors="replace"))


def _needed(system: System, day: str, *, named: set[str]) -> list[str]:
    """The day's traces that are named, or in which a decision is."""
    if not named:
        return []
    spans = View("spans", relations=(system.telemetry().relation("spans", day),))
    wanted = View("named", rows=[{"id": name} for name in sorted(named)], columns={"id": TEXT})
    text = (
        "SELECT DISTINCT trace_id FROM spans WHERE trace_id IN (SELECT id FROM named) "
        "OR decision IN (SELECT id FROM named)"
    )
    found = system.engine().query(text, views=[spans, wanted], limit=MOST)
    return [str(row[0]) for row in found.rows]


def _count(system: System, table: str, day: str, *, keep: list[str]) -> int:
    view = View("rows", relations=(system.telemetry().relation(table, day),))
    kept = View("kept", rows=[{"id": name} for name in keep], columns={"id": TEXT})
    only = " WHERE trace_id NOT IN (SELECT id FROM kept)" if keep else ""
    text = f"SELECT count(*) FROM rows{only}"  # noqa: S608 - no word of it is anybody's
    return int(system.engine().query(text, views=[view, kept], limit=1).rows[0][0])
