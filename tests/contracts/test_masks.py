"""What every adapter of the masks port does: show a cut without some events, and write nothing."""

from __future__ import annotations

import pytest

from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import FencedError, MomentError, NotFoundError
from holdfast.ports.ledger import Query
from holdfast.store.ledger.lineage import Reading, descendants
from tests.contracts.world import World, first


def test_a_mask_shows_what_the_hidden_events_had_overwritten(world: World) -> None:
    world.start()
    world.put("a", 1)
    bad = world.put("a", 2)
    world.put("b", 3)
    head = world.head()
    with world.ledger.masked(head, [first(bad)]) as cut:
        assert cut.tick == head.tick
        assert world.live(cut) == {"a": 1, "b": 3}
        shown = [entry.value for _, entry in world.ledger.history(Query("documents", within=cut))]
        assert shown == [1, 3]
    assert world.live() == {"a": 2, "b": 3}


def test_a_mask_keeps_what_is_revoked_hidden_and_may_be_masked_again(world: World) -> None:
    world.start()
    ids = [first(world.put(key, key)) for key in ("a", "b", "c", "d")]
    head = world.ledger.heads()["production"]
    world.start(parent=head.cut, expects=head.timeline, revoked=ids[:1])
    with (
        world.ledger.masked(world.head(), ids[1:2]) as one,
        world.ledger.masked(one, ids[2:3]) as two,
    ):
        assert set(world.live(one)) == {"c", "d"}
        assert set(world.live(two)) == {"d"}


def test_a_mask_is_of_the_past_too(world: World) -> None:
    world.start()
    one = world.put("a", 1)
    world.put("b", 2)
    with world.ledger.masked(one.cut, [first(one)]) as cut:
        assert world.live(cut) == {}


def test_lineage_follows_what_a_mask_shows(world: World) -> None:
    world.start()
    world.put("d-1", {}, store="decisions", sources=[Edge("document:x")])
    gone = world.put("d-2", {}, store="decisions", sources=[Edge("document:x")])
    with world.ledger.masked(world.head(), [first(gone)]) as cut:
        reading = Reading(within=cut)
        found = descendants(
            ["document:x"], ledger=world.ledger, timelines=world.ledger, reading=reading
        )
    assert "decision:d-1" in found
    assert "decision:d-2" not in found


def test_a_mask_takes_no_writes_and_is_gone_afterwards(world: World) -> None:
    world.start()
    world.put("a", 1)
    with world.ledger.masked(world.head(), []) as cut:
        change = Change(cut.timeline, "put", (Event("documents", "b", 1),))
        (refused,) = world.ledger.commit([change])
        assert isinstance(refused, FencedError)
    with pytest.raises(NotFoundError):
        world.ledger.timeline(cut.timeline)
    world.rollback(world.head())
    assert world.ledger.heads()["production"].timeline == 2


def test_a_mask_needs_a_cut(world: World) -> None:
    world.start()
    with pytest.raises(MomentError), world.ledger.masked(Cut(1, 99), [EventId(1, 0)]):
        pass
