from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.event import Change, Commit
from holdfast.domain.moment import EventId
from holdfast.pipeline import worker
from holdfast.pipeline.queue import (
    CLAIMED,
    COMMITTED,
    LEASE,
    QUARANTINED,
    Item,
    claim,
    claimable,
    items,
    places,
)
from holdfast.store.ledger.as_of import View
from tests.contracts.world import World, done
from tests.support.project import Ticking

ELSEWHERE = "other-host:1:abcd"


@pytest.fixture
def world() -> World:
    world = World(MemoryLedger(clock=Ticking()))
    world.start()
    return world


def put(world: World, *queued: Item) -> Commit:
    change = Change(world.head().timeline, "enqueue", tuple(item.event() for item in queued))
    return done(world.ledger.commit([change])[0])


def view(world: World) -> View:
    return View(world.ledger, world.head())


def item(path: str, *, document: str = "d1", **changes: object) -> Item:
    return Item(path, document, "text/plain", 1, **changes)


def waiting(world: World, *, now: int = LEASE, keys: list[str] | None = None) -> list[str]:
    return [queued.item.path for queued in claimable(view(world), keys, now=now)]


def ended() -> str:
    """A worker of this machine whose process has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}:{process.pid}:abcd"


def test_the_queue_is_in_order_of_arrival(world: World) -> None:
    put(world, item("b"), item("a"))
    put(world, item("0"), item("c", status=QUARANTINED, reason="why"))
    assert [queued.item.path for queued in items(view(world))] == ["b", "a", "0", "c"]
    (aside,) = items(view(world), status=QUARANTINED)
    assert (aside.item.reason, aside.event) == ("why", EventId(3, 1))


def test_a_path_has_one_place(world: World) -> None:
    put(world, item("a"))
    put(world, item("a", document="d2"))
    (queued,) = items(view(world))
    assert queued.item.document == "d2"
    assert [queued.item.path for queued in places(view(world), ["a", "b"])] == ["a"]


def test_a_claim_holds_while_its_worker_does(world: World) -> None:
    put(
        world,
        item("waits"),
        item("held", status=CLAIMED, worker=worker.name(), claimed_at=0),
        item("far", status=CLAIMED, worker=ELSEWHERE, claimed_at=0),
        item("done", status=COMMITTED),
        item("aside", status=QUARANTINED),
    )
    assert waiting(world) == ["waits"]
    assert waiting(world, keys=["held", "done"]) == []
    assert waiting(world, now=LEASE + 1) == ["waits", "held", "far"]


def test_a_claim_of_a_dead_worker_is_free_at_once(world: World) -> None:
    put(world, item("a", status=CLAIMED, worker=ended(), claimed_at=0))
    assert waiting(world, now=0) == ["a"]


def test_a_claim_from_another_timeline_is_free_at_once(world: World) -> None:
    put(world, item("a", status=CLAIMED, worker=ELSEWHERE, claimed_at=0))
    world.rollback(world.head())
    assert waiting(world, now=0) == ["a"]


def test_of_two_claims_one_wins(world: World) -> None:
    put(world, item("a"))
    queued = claimable(view(world), None, now=0)
    results = []
    for name in ("w1", "w2"):
        events, expects = claim(queued, worker=name, now=0)
        change = Change(world.head().timeline, "claim", tuple(events), tuple(expects))
        results += world.ledger.commit([change])
    assert isinstance(results[0], Commit)
    assert not isinstance(results[1], Commit)
    assert places(view(world), ["a"])[0].item.worker == "w1"
