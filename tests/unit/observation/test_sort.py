from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.inbox import MemoryInbox
from holdfast.adapters.memory.telemetry import MemoryTelemetry
from holdfast.errors import StorageFullError
from holdfast.observation.sort import BODIES, Sorter
from holdfast.ports.inbox import Body
from holdfast.ports.telemetry import Columns
from tests.support.otlp import body, gauge, logs, traces

AT = 1_700_000_000_000_000_000


class Failing(MemoryTelemetry):
    """Fails after so many appends, like a process that is killed there."""

    left = 10**9

    def append(self, table: str, day: str, *, columns: Columns) -> None:
        if not self.left:
            raise StorageFullError("no space left")
        self.left -= 1
        super().append(table, day, columns=columns)


@pytest.fixture
def inbox() -> MemoryInbox:
    clock = SettableClock(datetime.fromtimestamp(AT / 1e9, tz=UTC))
    return MemoryInbox(clock=clock)


def count(tables: MemoryTelemetry, table: str = "spans") -> int:
    return sum(tables.relation(table, day).num_rows for day in tables.days(table))


def test_each_signal_goes_to_its_table(inbox: MemoryInbox) -> None:
    tables = MemoryTelemetry()
    inbox.put([body(traces(3, at=AT)), body(logs("a", "b", at=AT), "logs")])
    inbox.put([body(gauge("n", 1.0, 2.0, at=AT), "metrics")])
    sorter = Sorter(inbox, tables, keep_days=9)
    assert sorter.sort() == 3
    assert sorter.sort() == 0
    assert [count(tables, table) for table in ("spans", "logs", "points")] == [3, 2, 2]
    assert inbox.backlog().bodies == 0


def test_a_body_over_midnight_goes_to_two_days(inbox: MemoryInbox) -> None:
    midnight = AT // (86_400 * 10**9) * 86_400 * 10**9
    tables = MemoryTelemetry()
    inbox.put([body(traces(4, at=midnight - 2))])
    Sorter(inbox, tables, keep_days=9).sort()
    assert [tables.relation("spans", day).num_rows for day in tables.days("spans")] == [2, 2]


@pytest.mark.parametrize("appends", range(5))
def test_nothing_is_stored_twice_wherever_it_was_cut_off(inbox: MemoryInbox, appends: int) -> None:
    midnight = AT // (86_400 * 10**9) * 86_400 * 10**9
    tables = Failing()
    inbox.put([body(traces(4, at=midnight - 2)), body(logs("a", at=AT), "logs")])
    inbox.put([body(gauge("n", 1.0, at=AT), "metrics")])
    tables.left = appends
    sorter = Sorter(inbox, tables, keep_days=9)
    if appends < 4:
        with pytest.raises(StorageFullError):
            sorter.sort()
    else:
        take, inbox.done = inbox.done, raising  # type: ignore[method-assign]
        with pytest.raises(StorageFullError):
            sorter.sort()
        inbox.done = take  # type: ignore[method-assign]
    tables.left = 10**9
    inbox.put([body(traces(1, at=AT))])
    again = sorter if appends % 2 else Sorter(inbox, tables, keep_days=9)
    while again.sort():
        pass
    assert [count(tables, table) for table in ("spans", "logs", "points")] == [5, 1, 1]


def raising(numbers: Any) -> None:
    raise StorageFullError("no space left")


def test_many_bodies_are_worked_on_in_groups(inbox: MemoryInbox) -> None:
    tables = MemoryTelemetry()
    inbox.put([body(traces(at=AT)) for _ in range(BODIES + 5)])
    sorter = Sorter(inbox, tables, keep_days=9)
    assert [sorter.sort(), sorter.sort(), sorter.sort()] == [BODIES, 5, 0]
    assert count(tables) == BODIES + 5


def test_a_damaged_body_is_set_aside_and_holds_nobody_up(inbox: MemoryInbox) -> None:
    tables = MemoryTelemetry()
    inbox.put([Body("traces", "d1", "", 1, b"\xff\xff"), body(traces(at=AT))])
    inbox.put([Body("traces", "d2", "gzip", 1, b"none"), body(traces(at=AT))])
    Sorter(inbox, tables, keep_days=9).sort()
    assert count(tables) == 2
    assert (inbox.backlog().bodies, inbox.backlog().damaged) == (0, 2)


def test_what_was_rejected_is_not_stored(inbox: MemoryInbox) -> None:
    request = traces(3, at=AT)
    request.resource_spans[0].scope_spans[0].spans[1].span_id = b""
    tables = MemoryTelemetry()
    inbox.put([body(request)])
    Sorter(inbox, tables, keep_days=9).sort()
    assert count(tables) == 2
