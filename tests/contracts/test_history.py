"""What every adapter of the ledger port does: history and links."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import UsageError
from holdfast.ports.ledger import Link, Query
from tests.contracts.world import World, done, first


def keys(world: World, **query: object) -> list[str]:
    found = world.ledger.history(Query(**query))  # type: ignore[arg-type]
    return [entry.key for _, entry in found]


def told(world: World) -> None:
    """a, b, removed a on timeline 1, rolled back to before that, c; all in ``documents``."""
    world.start(id="one")
    world.put("a", 1)
    world.put("b", 1)
    world.put("a", None)
    world.start(parent=Cut(1, 3), expects=1, id="two")
    world.put("c", 1)


def test_history_tells_all_in_order(world: World) -> None:
    told(world)
    found = list(world.ledger.history(Query()))
    assert [str(entry.id) for _, entry in found] == [f"@{tick}.0" for tick in range(1, 7)]
    assert [entry.key for _, entry in found] == ["one", "a", "b", "a", "two", "c"]
    assert [entry.value for _, entry in found][1:4] == [1, 1, None]
    assert all(commit.cut == Cut(entry.timeline, entry.id.tick) for commit, entry in found)


def test_history_gives_the_commits_as_they_were_returned(world: World) -> None:
    commits = [world.start(), world.put("a", 1), world.rollback(Cut(1, 1)), world.put("b", 2)]
    assert [commit for commit, _ in world.ledger.history(Query())] == commits


def test_history_within_a_cut_leaves_out_what_was_abandoned(world: World) -> None:
    told(world)
    assert keys(world, within=Cut(2, 6)) == ["one", "a", "b", "two", "c"]
    assert keys(world, within=Cut(2, 3)) == ["one", "a", "b"]
    assert keys(world, within=Cut(1, 6)) == ["one", "a", "b", "a"]
    assert keys(world, within=Cut(2, 0)) == []


def test_history_within_a_cut_leaves_out_what_was_revoked(world: World) -> None:
    world.start(id="one")
    bad = world.put("a", 1)
    world.put("b", 1)
    world.start(parent=Cut(1, 3), expects=1, revoked=[first(bad)], id="two")
    assert keys(world, within=world.head()) == ["one", "b", "two"]
    assert keys(world) == ["one", "a", "b", "two"]


def test_history_by_store_key_and_prefix(world: World) -> None:
    told(world)
    assert keys(world, store="operations") == ["one", "two"]
    assert keys(world, store="documents") == ["a", "b", "a", "c"]
    assert keys(world, store="documents", key="a") == ["a", "a"]
    assert keys(world, store="documents", key="a", within=Cut(2, 6)) == ["a"]
    assert keys(world, store="operations", prefix="t", within=Cut(2, 6)) == ["two"]
    assert keys(world, store="documents", prefix="") == ["a", "b", "a", "c"]
    assert keys(world, store="documents", prefix="b") == ["b"]


def test_history_between_ticks_and_times(world: World, clock: SettableClock) -> None:
    world.start(id="one")
    times = [clock.now()]
    for key in "abc":
        clock.advance(hours=1)
        times.append(clock.now())
        world.put(key, 1)
    assert keys(world, after=1, until=3) == ["a", "b"]
    assert keys(world, after=4) == []
    assert keys(world, since=times[1]) == ["a", "b", "c"]
    assert keys(world, since=times[1] + 1) == ["b", "c"]
    assert keys(world, before=times[1]) == ["one", "a"]
    assert keys(world, before=times[1] - 1) == ["one"]
    assert keys(world, before=times[0] - 1) == []
    assert keys(world, since=times[3] + 1) == []
    assert keys(world, since=times[1], before=times[2], within=world.head()) == ["a", "b"]
    assert keys(world, since=times[2], after=3) == ["c"]


def test_history_newest_first_and_limited(world: World) -> None:
    told(world)
    assert keys(world, newest_first=True) == ["c", "two", "a", "b", "a", "one"]
    assert keys(world, newest_first=True, limit=2) == ["c", "two"]
    assert keys(world, newest_first=True, within=Cut(2, 6), limit=3) == ["c", "two", "b"]
    assert keys(world, limit=0) == []
    assert keys(world, store="documents", newest_first=True, until=4, limit=1) == ["a"]


def test_long_histories_come_whole(world: World) -> None:
    timeline = world.start().timeline
    names = [f"{tick}/{place:03}" for tick in range(5) for place in range(260)]
    for tick in range(5):
        events = tuple(Event("memory", name, 1) for name in names[tick * 260 : tick * 260 + 260])
        done(world.ledger.commit([Change(timeline, "fill", events)])[0])
    assert keys(world, store="memory") == names
    assert keys(world, store="memory", within=world.head()) == names
    assert keys(world, after=1, newest_first=True) == names[::-1]
    assert keys(world, within=world.head(), newest_first=True, limit=1299) == names[:0:-1]
    assert keys(world, store="memory", prefix="3/") == names[780:1040]


def test_a_history_is_as_of_when_it_was_asked_for(world: World) -> None:
    world.start(id="one")
    found = world.ledger.history(Query())
    world.put("a", 1)
    assert [entry.key for _, entry in found] == ["one"]


def test_a_history_that_is_not_read_to_its_end_holds_up_nobody(world: World) -> None:
    told(world)
    found = world.ledger.history(Query())
    next(found)
    world.put("later", 1)
    world.rollback(Cut(1, 3))
    assert [entry.key for _, entry in found] == ["a", "b", "a", "two", "c"]


@pytest.mark.parametrize("query", [Query(key="a"), Query(prefix="a"), Query(limit=-1)])
def test_a_history_that_means_nothing_is_refused_at_once(world: World, query: Query) -> None:
    world.start()
    with pytest.raises(UsageError):
        world.ledger.history(query)


def test_links_are_found_from_both_ends(world: World) -> None:
    world.start()
    a = world.put("a", 1, sources=[Edge("document:1", 0.5), Edge("chunk:9")])
    b = world.put("b", 1, sources=[Edge("document:1", 0.25)])
    world.put("c", 1)
    a1 = Link(first(a), 1, "documents", "a", Edge("document:1", 0.5))
    a9 = Link(first(a), 1, "documents", "a", Edge("chunk:9", 1.0))
    b1 = Link(first(b), 1, "documents", "b", Edge("document:1", 0.25))
    assert world.ledger.links(events=[first(a)]) == [a9, a1]
    assert world.ledger.links(sources=["document:1"]) == [a1, b1]
    assert world.ledger.links(events=[first(b), first(a)], sources=["chunk:9"]) == [a9, a1, b1]
    assert world.ledger.links() == []
    assert world.ledger.links(events=[EventId(99, 0)], sources=["nothing"]) == []


def test_many_links_come_whole(world: World) -> None:
    timeline = world.start().timeline
    events = tuple(
        Event("cache", f"{place:04}", 1, (Edge("decision:d-1"), Edge(f"chunk:{place:04}")))
        for place in range(1200)
    )
    done(world.ledger.commit([Change(timeline, "fill", events)])[0])
    ids = [EventId(2, place) for place in range(1200)]
    assert len(world.ledger.links(events=ids)) == 2400
    assert [link.event for link in world.ledger.links(sources=["decision:d-1"])] == ids
    chunks = [f"chunk:{place:04}" for place in range(1200)]
    assert [link.key for link in world.ledger.links(sources=chunks)] == [e.key for e in events]


def test_links_outlive_a_rollback(world: World) -> None:
    world.start()
    commit = world.put("a", 1, sources=[Edge("document:1")])
    world.rollback(Cut(1, 1))
    (link,) = world.ledger.links(sources=["document:1"])
    assert replace(link, edge=Edge("x")) == Link(first(commit), 1, "documents", "a", Edge("x"))
