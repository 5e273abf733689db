from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger
from holdfast.adapters.sql.reads import prefix_end
from tests.contracts.world import World


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = SqlLedger.open(tmp_path / "x.db", clock=SettableClock())
    yield ledger
    ledger.close()


def plan(ledger: SqlLedger, statement: str) -> list[str]:
    parameters = ["1"] * statement.count("?")
    rows = ledger._database.rows(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[3] for row in rows]


@pytest.mark.parametrize("name", ["_newest", "_in_piece", "_from", "_between"])
def test_reads_walk_the_index_by_key_in_its_order(ledger: SqlLedger, name: str) -> None:
    (step,) = plan(ledger, getattr(ledger._reader, name))
    assert step.startswith("SEARCH events USING ")
    assert "INDEX events_by_key (store=? AND key" in step


def test_scans_need_the_index_only(ledger: SqlLedger) -> None:
    (step,) = plan(ledger, ledger._reader._between)
    assert "COVERING INDEX" in step


def test_no_statement_of_a_request_reads_a_whole_table(ledger: SqlLedger) -> None:
    statements = [
        ledger._reader._value,
        ledger._timelines._timeline,
        ledger._timelines._part,
        ledger._timelines._tick,
        ledger._forker._done,
        ledger._forker._newest,
    ]
    for statement in statements:
        steps = plan(ledger, statement)
        assert all(step.startswith("SEARCH") for step in steps), (statement, steps)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [
        ("", None),
        ("a", "b"),
        ("a/", "a0"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("\ud7ff", "\ue000"),
    ],
)
def test_a_prefix_ends_where_the_next_begins(prefix: str, end: str | None) -> None:
    assert prefix_end(prefix) == end


def test_a_scan_of_many_keys_in_many_timelines(ledger: SqlLedger) -> None:
    world = World(ledger)
    world.start()
    for turn in range(12):
        for key in range(turn, 40, 3):
            world.put(f"{key:02}", turn)
        if turn % 2:
            world.rollback(world.head())
    live = world.live()
    assert live == {key: world.value(key) for key in live}
    assert list(live) == sorted(live)
