"""What every adapter of the telemetry and spans ports does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.lance.telemetry import LanceTelemetry
from holdfast.adapters.memory.telemetry import MemoryTelemetry
from holdfast.observation.days import Days, fill
from holdfast.ports.telemetry import TABLES, Columns

MONDAY, TUESDAY = "2023-11-13", "2023-11-14"
MONDAY_S = 1_699_833_600
HOUR = 3_600


@pytest.fixture(params=["memory", "lance"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MemoryTelemetry() if request.param == "memory" else LanceTelemetry(tmp_path)


def span(trace: int, number: int = 1, *, parent: str = "", at: float = 0, **more: Any) -> Any:
    """A span that started ``at`` hours after Monday began."""
    return {
        "batch": 1,
        "trace_id": f"{trace:016x}{trace:016x}",
        "span_id": f"{number:016x}",
        "parent_id": parent,
        "name": "chat",
        "kind": "client",
        "start_ns": int((MONDAY_S + at * HOUR) * 1e9),
        "duration_ns": 1_000_000,
        "status": "ok",
        **more,
    }


def columns(*rows: dict[str, Any], table: str = "spans") -> Columns:
    days = Days(TABLES[table])
    for row in rows:
        lists, number = days.at(0)
        fill(lists, row, row=number)
    return days.columns()["1970-01-01"]


def test_a_trace_is_found_over_all_days_by_time(tables: Any) -> None:
    late = span(1, 2, parent=f"{1:016x}", at=24.5, cost=0.5, finish_reasons=["stop"])
    tables.append("spans", TUESDAY, columns=columns(late, span(2, at=25)))
    tables.append("spans", MONDAY, columns=columns(span(1, at=23.9), span(3)))
    found = tables.trace(span(1)["trace_id"])
    assert [row["span_id"] for row in found] == [f"{1:016x}", f"{2:016x}"]
    assert found[1] == late
    assert tables.trace("f" * 32) == tables.trace("'; drop") == []
    assert tables.days("spans") == [MONDAY, TUESDAY]


def test_the_latest_are_those_without_a_parent(tables: Any) -> None:
    tables.append("spans", MONDAY, columns=columns(span(1, at=1), span(2, at=2), span(3, at=1.5)))
    tables.append(
        "spans", TUESDAY, columns=columns(span(4, at=24), span(4, 2, parent="a" * 16, at=25))
    )
    names = [row["trace_id"][:16] for row in tables.latest(3)]
    assert names == [f"{4:016x}", f"{2:016x}", f"{3:016x}"]


def test_hours_are_summed_by_kind_of_span(tables: Any) -> None:
    tables.append(
        "spans",
        MONDAY,
        columns=columns(
            span(1, at=1.1, service="shop"),
            span(2, at=1.2, service="shop", status="error", duration_ns=3_000_000),
            span(3, at=1.3, service="shop", environment="staging"),
            span(4, at=2),
        ),
    )
    tables.append("spans", MONDAY, columns=columns(span(5, at=1.9, service="shop", duration_ns=-5)))
    hours = tables.hours(since=MONDAY_S + HOUR, until=MONDAY_S + 2 * HOUR)
    told = [(h.start, h.service, h.environment, h.name, h.count, h.errors) for h in hours]
    assert told == [
        (MONDAY_S + HOUR, "shop", "", "chat", 3, 1),
        (MONDAY_S + HOUR, "shop", "staging", "chat", 1, 0),
    ]
    assert hours[0].seconds == pytest.approx(0.004)
    assert sum(hours[0].buckets.values()) == 3
    assert {round(1.1**bucket) for bucket in hours[1].buckets} <= set(range(905, 1_001))
    assert len(tables.hours(since=0, until=2**40)) == 3


def test_batches_say_what_is_stored(tables: Any) -> None:
    assert tables.batches("logs", MONDAY, since=0) == set()
    rows = [{"batch": batch, "time_ns": 1} for batch in (2**62, 2**62 + 1, 7)]
    tables.append("logs", MONDAY, columns=columns(*rows, table="logs"))
    assert tables.batches("logs", MONDAY, since=2**62) == {2**62, 2**62 + 1}
    assert tables.batches("logs", TUESDAY, since=0) == set()


def test_a_relation_has_every_column(tables: Any) -> None:
    point = {"batch": 1, "name": "n", "value": 2.5}
    tables.append("points", MONDAY, columns=columns(point, table="points"))
    relation = tables.relation("points", MONDAY)
    assert relation.schema.names == list(TABLES["points"])
    rows = relation if isinstance(tables, MemoryTelemetry) else relation.to_table()
    assert rows.to_pylist()[0]["value"] == 2.5
    assert tables.relation("points", TUESDAY).schema.names == list(TABLES["points"])


def test_a_dropped_day_is_gone(tables: Any) -> None:
    tables.append("spans", MONDAY, columns=columns(span(1), span(2)))
    tables.append("spans", TUESDAY, columns=columns(span(3, at=24)))
    assert len(tables.hours(since=0, until=2**40)) == 2
    assert tables.drop("spans", MONDAY) == 2
    assert tables.days("spans") == [TUESDAY]
    assert tables.trace(span(1)["trace_id"]) == []
    assert len(tables.hours(since=0, until=2**40)) == 1
    tables.append("spans", MONDAY, columns=columns(span(4)))
    assert len(tables.trace(span(4)["trace_id"])) == 1


def test_dropping_keeps_the_traces_that_are_needed(tables: Any) -> None:
    tables.append("spans", MONDAY, columns=columns(span(1), span(2), span(1, 2)))
    assert tables.drop("spans", MONDAY, keep=[span(1)["trace_id"], "f" * 32]) == 1
    assert len(tables.trace(span(1)["trace_id"])) == 2
    assert tables.trace(span(2)["trace_id"]) == []
    assert [hour.count for hour in tables.hours(since=0, until=2**40)] == [2]


def test_the_rows_of_some_traces_are_erased(tables: Any) -> None:
    mine, other = span(1, at=1, input="told"), span(2, at=2, input="kept")
    child = span(1, 2, parent=f"{1:016x}", at=24.5)
    tables.append("spans", MONDAY, columns=columns(mine, other))
    tables.append("spans", TUESDAY, columns=columns(child))
    trace = mine["trace_id"]
    assert [tables.erase("spans", day, traces=[trace]) for day in (MONDAY, TUESDAY)] == [1, 1]
    assert tables.trace(trace) == []
    assert tables.trace(other["trace_id"]) == [other]
    assert tables.erase("spans", MONDAY, traces=[trace]) == 0
    tables.append("spans", TUESDAY, columns=columns(child))
    assert tables.trace(trace) == [child]


def test_no_byte_of_an_erased_row_stays(tmp_path: Path) -> None:
    tables = LanceTelemetry(tmp_path)
    for n in range(5):
        row = span(n, at=n, input="Featherstonehaugh" if n == 3 else "kept")
        tables.append("spans", MONDAY, columns=columns(row))
    assert any(b"Featherstonehaugh" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert tables.erase("spans", MONDAY, traces=[span(3)["trace_id"]]) == 1
    assert not any(
        b"Featherstonehaugh" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()
    )
    assert len(tables.latest(10)) == 4
