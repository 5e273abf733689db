"""A small world in memory: what is built on the ledger does not care which one it is."""

from __future__ import annotations

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from tests.contracts.world import World


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def ledger(clock: SettableClock) -> MemoryLedger:
    return MemoryLedger(clock=clock)


@pytest.fixture
def world(ledger: MemoryLedger) -> World:
    return World(ledger)
