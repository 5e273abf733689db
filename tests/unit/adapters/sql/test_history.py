from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger
from holdfast.adapters.sql.history import _page, _Part
from holdfast.ports.ledger import Query


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(tmp_path / "x.db", clock=SettableClock())
    yield ledger
    ledger.close()


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(
    ("query", "timeline", "index"),
    [
        (Query(), None, "commits USING INTEGER PRIMARY KEY"),
        (Query(), 3, "commits USING INDEX commits_by_timeline (timeline=? AND tick>? AND tick<?)"),
        (Query(store="memory"), None, "INDEX events_by_store (store=? AND tick>? AND tick<?)"),
        (Query(store="memory"), 3, "INDEX events_by_store (store=? AND tick>? AND tick<?)"),
        (Query(store="memory", key="a"), None, "INDEX events_by_key (store=? AND key=? AND tick"),
    ],
)
def test_pages_walk_an_index_in_its_order(
    ledger: SqlLedger, query: Query, timeline: int | None, index: str, *, newest_first: bool
) -> None:
    query = Query(store=query.store, key=query.key, newest_first=newest_first)
    page = _page(query, _Part(timeline, 5, 100), last=(50, 1))
    compiled = page.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    rows = ledger._database.rows(f"EXPLAIN QUERY PLAN {compiled}")
    plan = [row[3] for row in rows]
    assert index in plan[0]
    assert [step for step in plan if "SCAN" in step or "TEMP B-TREE" in step] == []
