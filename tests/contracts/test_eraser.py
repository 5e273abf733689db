"""What every adapter of the eraser port does: values go, and the chain still verifies."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger
from holdfast.domain.digest import canonical, digest
from holdfast.domain.erasure import marked
from holdfast.domain.event import Change, Commit, Event, Expect
from holdfast.domain.moment import EventId
from holdfast.errors import CorruptionError, FencedError, UsageError
from holdfast.ports.ledger import Query
from holdfast.store.ledger import chain
from tests.contracts.world import World, done, first

TOLD = "my mother's maiden name is Featherstonehaugh"


def change(remains: Mapping[EventId, Any], *, timeline: int = 1) -> Change:
    marks = tuple(marked(event, request="e-1", remains=left) for event, left in remains.items())
    return Change(timeline, "erase", (Event("erasures", "e-1", {"why": "asked"}), *marks))


def erase(world: World, remains: Mapping[EventId, Any]) -> Commit:
    return world.ledger.erase(change(remains), remains=remains)


def test_a_value_is_replaced_and_the_chain_still_verifies(world: World) -> None:
    world.start()
    told = world.put("s-1/d-1", {"question": TOLD}, store="memory")
    kept = world.put("d-1", {"question": TOLD, "status": "answered"}, store="decisions")
    before = chain.verify(world.ledger)
    left = {first(told): None, first(kept): {"question": "", "status": "answered"}}
    erase(world, left)
    after = chain.verify(world.ledger)
    assert (before.erased, after.erased) == (0, 2)
    assert after.commits == before.commits + 1
    assert world.value("s-1/d-1", store="memory") is None
    assert world.live(store="memory") == {}
    assert world.value("d-1", store="decisions") == left[first(kept)]
    found = {entry.key: entry for _, entry in world.ledger.history(Query(store="decisions"))}
    erased = found["d-1"].erased
    assert erased is not None
    assert (erased.request, erased.digest) == (
        "e-1",
        digest({"question": TOLD, "status": "answered"}),
    )
    assert TOLD not in str(list(world.ledger.history(Query())))


def test_what_was_erased_is_so_at_every_cut_and_on_every_timeline(world: World) -> None:
    start = world.start()
    told = world.put("k", {"question": TOLD}, store="memory")
    world.rollback(start.cut)
    remains = {first(told): None}
    with pytest.raises(FencedError):
        world.ledger.erase(change(remains, timeline=1), remains=remains)
    world.ledger.erase(change(remains, timeline=2), remains=remains)
    assert world.value("k", told.cut, store="memory") is None
    assert chain.verify(world.ledger).erased == 1


def test_a_value_can_be_erased_again(world: World) -> None:
    world.start()
    told = world.put("k", {"question": TOLD, "n": 1}, store="feedback")
    erase(world, {first(told): {"question": "", "n": 1}})
    erase(world, {first(told): {"n": 1}})
    assert world.value("k", store="feedback") == {"n": 1}
    assert chain.verify(world.ledger).erased == 1


def test_an_erased_key_counts_as_absent_and_can_be_written_anew(world: World) -> None:
    world.start()
    told = world.put("k", 1, store="memory")
    erase(world, {first(told): None})
    world.put("k", 2, store="memory", expects=[Expect("memory", "k", None)])
    assert world.value("k", store="memory") == 2


def test_what_the_change_does_not_name_is_not_replaced(world: World) -> None:
    world.start()
    told = first(world.put("k", TOLD, store="memory"))
    named = change({told: None})
    bad: list[tuple[Change, dict[EventId, Any]]] = [
        (named, {told: "another"}),
        (named, {told: None, EventId(1, 0): None}),
        (change({EventId(9, 0): None}), {EventId(9, 0): None}),
        (change({EventId(1, 0): None}), {EventId(1, 0): None}),
        (
            Change(1, "erase", (Event("documents", str(told), {"remains": digest(None)}),)),
            {told: 1},
        ),
    ]
    for made, remains in bad:
        with pytest.raises(UsageError, match="event @"):
            world.ledger.erase(made, remains=remains)
    assert world.value("k", store="memory") == TOLD
    assert chain.verify(world.ledger).commits == 2


def test_an_erasure_is_never_erased(world: World) -> None:
    world.start()
    told = world.put("k", TOLD, store="memory")
    mark = EventId(erase(world, {first(told): None}).tick, 1)
    with pytest.raises(UsageError, match="no value to erase"):
        erase(world, {mark: None})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with one value that was erased by the rules and one that is as it was."""
    path = tmp_path / "ledger.db"
    ledger = SqlLedger.open(path, clock=SettableClock())
    world = World(ledger)
    world.start()
    told = world.put("a", {"question": TOLD}, store="memory")
    world.put("b", {"question": "kept"}, store="memory")
    erase(world, {first(told): {"question": ""}})
    ledger.close()
    return path


@pytest.mark.parametrize(
    ("tick", "value"),
    [(3, None), (3, canonical({"question": ""}).decode()), (2, None), (2, '{"question":"forged"}')],
)
def test_damage_cannot_pass_for_an_erasure(file: Path, tick: int, value: str | None) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE events SET value = ? WHERE tick = ?", (value, tick))
        connection.commit()
    ledger = SqlLedger.open(file, clock=SettableClock())
    with pytest.raises(CorruptionError, match=rf"@{tick}\.0"):
        chain.verify(ledger)
    with pytest.raises(CorruptionError, match=rf"@{tick}\.0"):
        World(ledger).live(store="memory")
    ledger.close()


def test_an_altered_mark_is_damage(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        forged = canonical({"request": "e-1", "remains": digest(None)}).decode()
        connection.execute(
            "UPDATE events SET value = ? WHERE store = 'erasures' AND key = '@2.0'", (forged,)
        )
        connection.execute("UPDATE events SET value = NULL WHERE tick = 2")
        connection.commit()
    ledger = SqlLedger.open(file, clock=SettableClock())
    with pytest.raises(CorruptionError):
        chain.verify(ledger)
    ledger.close()


def test_scrubbed_files_hold_no_byte_of_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqlLedger.open(path, clock=SettableClock())
    world = World(ledger)
    world.start()
    padded = {"question": TOLD, "answer": "x" * 9_000}
    told = {first(world.put(f"k{n}", padded, store="memory")): None for n in range(40)}
    for n in range(200):
        world.put(f"other{n}", {"text": "y" * (n * 7)})
    assert any(TOLD.encode() in file.read_bytes() for file in tmp_path.iterdir())
    erase(world, told)
    ledger.scrub()
    assert not any(TOLD.encode() in file.read_bytes() for file in tmp_path.iterdir())
    assert done(world.ledger.commit([Change(1, "put", (Event("memory", "z", 1),))])[0])
    assert chain.verify(ledger).erased == len(told)
    ledger.close()
