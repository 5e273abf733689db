"""The ledgers that every contract runs over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.adapters.sql import SqlLedger
from holdfast.ports.clock import Clock
from tests.contracts.world import Both, World

LEDGERS: dict[str, Callable[[Path, Clock], Both]] = {
    "memory": lambda folder, clock: MemoryLedger(clock=clock),
    "sqlite": lambda folder, clock: SqlLedger.open(folder / "ledger.db", clock=clock),
}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: SettableClock) -> Iterator[Both]:
    ledger = LEDGERS[request.param](tmp_path, clock)
    yield ledger
    ledger.close()


@pytest.fixture
def world(ledger: Both) -> World:
    return World(ledger)
