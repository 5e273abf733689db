from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.chain import GENESIS
from holdfast.domain.event import Change, Edge, Event
from holdfast.errors import CorruptionError
from holdfast.store.ledger.chain import Verified, verify
from tests.contracts.world import World


@pytest.fixture
def told(world: World) -> World:
    world.start()
    world.put("a", {"text": "x"}, sources=[Edge("document:1", 0.5), Edge("chunk:2")])
    events = tuple(Event("memory", f"{n:03}", n) for n in range(700))
    world.ledger.commit([Change(1, "fill", events)])
    world.put("a", None)
    world.rollback(world.head())
    return world


def test_what_was_recorded_verifies(told: World) -> None:
    newest = told.put("b", 1)
    assert verify(told.ledger) == Verified(commits=6, events=705, hash=newest.hash)


def test_an_empty_ledger_verifies(ledger: MemoryLedger) -> None:
    assert verify(ledger) == Verified(0, 0, GENESIS)


def alter(ledger: MemoryLedger, tick: int, **fields: object) -> None:
    """Change a commit's fields wherever it is kept."""
    for place, row in enumerate(ledger._rows):
        if row.commit.tick == tick:
            ledger._rows[place] = replace(row, commit=replace(row.commit, **fields))


def alter_record(ledger: MemoryLedger, **fields: object) -> None:
    row = ledger._rows[1]
    ledger._rows[1] = replace(row, record=replace(row.record, **fields))


def alter_edge(ledger: MemoryLedger) -> None:
    event = ledger._rows[1].record.event
    alter_record(ledger, event=replace(event, sources=event.sources[:1]))


def alter_key(ledger: MemoryLedger) -> None:
    alter_record(ledger, event=replace(ledger._rows[1].record.event, key="z"))


@pytest.mark.parametrize(
    ("damage", "tick"),
    [
        (lambda ledger: alter_record(ledger, text='{"text":"y"}'), 2),
        (lambda ledger: alter_record(ledger, text=None), 2),
        (alter_edge, 2),
        (alter_key, 2),
        (lambda ledger: alter(ledger, 4, actor="somebody else"), 4),
        (lambda ledger: alter(ledger, 4, timeline=2), 4),
        (lambda ledger: alter(ledger, 1, hash="0" * 64), 1),
        (lambda ledger: ledger._rows.pop(300), 3),
        (lambda ledger: ledger._rows.pop(), 0),
        (lambda ledger: ledger._rows.insert(2, ledger._rows[1]), 2),
        (lambda ledger: ledger._rows.pop(1), 3),
    ],
)
def test_damage_is_found_where_it_begins(
    told: World, damage: Callable[[MemoryLedger], object], tick: int
) -> None:
    ledger = told.ledger
    assert isinstance(ledger, MemoryLedger)
    damage(ledger)
    if tick == 0:
        assert verify(ledger).commits == 4, "a cut end can only be told by the hash"
        return
    with pytest.raises(CorruptionError, match=f"commit @{tick} "):
        verify(ledger)
