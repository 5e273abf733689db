"""What every adapter of the ledger port does: append, read, scan."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.domain.event import Change, Commit, Edge, Event, Expect
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import ConflictError, FencedError, NotFoundError, UsageError
from tests.contracts.world import World, done, first


def test_what_was_put_is_read_as_of_every_tick(world: World) -> None:
    start = world.start()
    ticks = [world.put("a.md", n).tick for n in range(3)]
    assert world.value("a.md", start.cut) is None
    assert [world.value("a.md", Cut(1, tick)) for tick in ticks] == [0, 1, 2]


def test_ticks_have_no_gaps_and_times_grow(world: World, clock: SettableClock) -> None:
    commits = [world.start(), world.put("a", 1)]
    clock.set(datetime(2020, 1, 1, tzinfo=UTC))
    commits += [world.put("b", 1), world.put("c", 1)]
    assert [commit.tick for commit in commits] == [1, 2, 3, 4]
    assert commits[0].at < commits[1].at < commits[2].at < commits[3].at


def test_a_commit_says_what_was_recorded(world: World, clock: SettableClock) -> None:
    timeline = world.start().timeline
    events = (Event("documents", "a", 1), Event("memory", "a", 2))
    change = Change(timeline, "ask", events, actor="ann", reason="why not", cause="decision:d-1")
    clock.advance(hours=1)
    commit = done(world.ledger.commit([change])[0])
    fields = (commit.tick, commit.timeline, commit.at, commit.operation, commit.events)
    assert fields == (2, timeline, clock.now(), "ask", 2)
    assert (commit.actor, commit.reason, commit.cause) == ("ann", "why not", "decision:d-1")


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**53 - 1, 1.5, 1e-9, "", "ä\u0000\U0001f600", True, False, [], {}, [None, {"a": [1]}]],
)
def test_values_come_back_as_they_were(world: World, value: object) -> None:
    world.start()
    world.put("k", value)
    assert world.value("k") == value


def test_a_value_is_kept_apart_from_its_maker(world: World) -> None:
    world.start()
    value = {"list": [1]}
    world.put("k", value)
    value["list"].append(2)
    world.value("k")["list"].append(3)
    assert world.value("k") == {"list": [1]}


def test_an_entry_knows_where_it_is_from(world: World) -> None:
    world.start()
    commit = world.put("a", 1, store="memory")
    (entry,) = world.ledger.read([("memory", "a")], commit.cut)
    assert entry is not None
    assert (entry.id, entry.timeline, entry.store, entry.key) == (first(commit), 1, "memory", "a")
    assert entry.ref == "event:@2.0"


def test_reads_answer_in_order(world: World) -> None:
    world.start()
    world.put("a", 1)
    world.put("b", 2)
    keys = [("documents", key) for key in ("b", "none", "a", "b")]
    found = world.ledger.read(keys, world.head())
    assert [entry and entry.value for entry in found] == [2, None, 1, 2]
    assert world.ledger.read([], world.head()) == []


def test_a_removed_key_is_absent_until_it_is_put_again(world: World) -> None:
    world.start()
    world.put("a", 1)
    gone = world.put("a", None)
    back = world.put("a", 2)
    assert world.value("a", gone.cut) is None
    assert world.live(gone.cut) == {}
    assert world.live(back.cut) == {"a": 2}


def test_stores_do_not_share_keys(world: World) -> None:
    world.start()
    world.put("a", 1, store="documents")
    world.put("a", 2, store="memory")
    assert world.value("a", store="documents") == 1
    assert world.live(store="memory") == {"a": 2}


def test_reading_an_unknown_timeline_is_refused(world: World) -> None:
    world.start()
    for read in (
        lambda: world.ledger.read([("documents", "a")], Cut(9, 1)),
        lambda: world.ledger.scan("documents", Cut(9, 1)),
    ):
        with pytest.raises(NotFoundError, match="9"):
            read()


def test_a_scan_is_sorted_by_code_points(world: World) -> None:
    world.start()
    keys = ["b", "a", "B", "ä", "a/b", "a!", "\U0001f600", "a\uffff", "a\U00010000", "Z"]
    for key in keys:
        world.put(key, key)
    assert [entry.key for entry in world.ledger.scan("documents", world.head())] == sorted(keys)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a\uffff", "\ud7ff", "a\U0010ffff", "z"])
def test_a_scan_keeps_to_its_prefix(world: World, prefix: str) -> None:
    world.start()
    keys = ["a", "a/1", "a/2", "a0", "b", "a\uffff", "a\ue000", "\ud7ff", "\ue000", "a\U0010ffff1"]
    for key in keys:
        world.put(key, 1)
    found = world.ledger.scan("documents", world.head(), prefix=prefix)
    assert [e.key for e in found] == sorted(key for key in keys if key.startswith(prefix))


def test_a_scan_counts_live_keys_only(world: World) -> None:
    world.start()
    for key in "abcdef":
        world.put(key, 1)
    world.put("b", None)
    cut = world.put("a", 2).cut
    found = [entry.key for entry in world.ledger.scan("documents", cut, limit=3)]
    assert found == ["a", "c", "d"]
    assert len(world.ledger.scan("documents", cut, limit=99)) == 5
    assert world.ledger.scan("documents", cut, limit=0) == []


def test_recent_are_the_live_keys_written_last_oldest_first(world: World) -> None:
    world.start()
    for key in ("s/c", "s/a", "s/b", "s/d", "t/a"):
        world.put(key, key)
    world.put("s/d", None)
    cut = world.put("s/c", "again").cut
    for count, keys in ((0, []), (1, ["s/c"]), (2, ["s/b", "s/c"]), (9, ["s/a", "s/b", "s/c"])):
        found = world.ledger.recent("documents", cut, prefix="s/", count=count)
        assert [entry.key for entry in found] == keys


def test_a_change_of_many_events_has_one_tick(world: World) -> None:
    start = world.start()
    events = tuple(Event("documents", f"{n:03}", n) for n in range(300))
    commit = done(world.ledger.commit([Change(start.timeline, "ingest", events)])[0])
    assert (commit.tick, commit.events) == (2, 300)
    entries = world.ledger.scan("documents", commit.cut)
    assert [entry.id for entry in entries] == [EventId(2, place) for place in range(300)]
    assert world.live(start.cut) == {}


def test_a_later_change_sees_an_earlier_one_of_the_same_call(world: World) -> None:
    timeline = world.start().timeline
    absent = Expect("documents", "a", None)
    put = (Event("documents", "a", 1),)
    results = world.ledger.commit(
        [
            Change(timeline, "first", put, (absent,)),
            Change(timeline, "second", put, (absent,)),
            Change(timeline, "third", (Event("documents", "b", 1),)),
            Change(timeline, "fourth", put, (Expect("documents", "a", EventId(2, 0)),)),
        ]
    )
    kinds = [getattr(r, "operation", type(r)) for r in results]
    assert kinds == ["first", ConflictError, "third", "fourth"]
    assert [r.tick for r in results if isinstance(r, Commit)] == [2, 3, 4]


def test_expectations(world: World) -> None:
    timeline = world.start().timeline
    put = world.put("a", 1)
    absent = Expect("documents", "a", None)
    present = Expect("documents", "a", first(put))
    with pytest.raises(ConflictError, match=r"'a' of 'documents'.*@2\.0"):
        world.put("b", 1, expects=[absent])
    world.put("b", 1, expects=[present])
    gone = world.put("a", None, expects=[present])
    with pytest.raises(ConflictError):
        world.put("b", 2, expects=[present])
    with pytest.raises(ConflictError):  # a removal counts as absent
        world.put("b", 2, expects=[Expect("documents", "a", first(gone))])
    with pytest.raises(ConflictError):
        world.put("b", 2, expects=[absent, present])
    world.put("b", 2, expects=[absent])
    assert world.live(world.head()) == {"b": 2}
    assert world.ledger.heads()["production"].timeline == timeline


def test_a_refused_change_leaves_nothing(world: World) -> None:
    timeline = world.start().timeline
    event = Event("documents", "a", 1, (Edge("document:1"),))
    wrong = Change(timeline, "put", (event,), (Expect("documents", "b", EventId(1, 0)),))
    lost = Change(99, "put", (event,))
    results = world.ledger.commit([wrong, lost])
    assert [type(result) for result in results] == [ConflictError, FencedError]
    assert world.head() == Cut(timeline, 1)
    assert world.ledger.links(sources=["document:1"]) == []
    assert world.put("a", 2).tick == 2


def test_committing_nothing_does_nothing(world: World) -> None:
    world.start()
    assert world.ledger.commit([]) == []
    assert world.head() == Cut(1, 1)


@pytest.mark.parametrize(
    "events",
    [
        (),
        (Event("documents", "a", 1), Event("documents", "a", 2)),
        (Event("no such store", "a", 1),),
        (Event("documents", "", 1),),
        (Event("documents", "nul\0", 1),),
        (Event("documents", "\ud800", 1),),
        (Event("documents", "a", math.nan),),
        (Event("documents", "a", 2**60),),
        (Event("documents", "a", {1: 2}),),
        (Event("documents", "a", b"bytes"),),
        (Event("documents", "a", 1, (Edge("x", 0.0),)),),
        (Event("documents", "a", 1, (Edge("x", 1.5),)),),
        (Event("documents", "a", 1, (Edge("x", math.nan),)),),
        (Event("documents", "a", 1, (Edge("x", 0.5), Edge("x", 0.7))),),
    ],
)
def test_a_malformed_change_is_a_mistake(world: World, events: tuple[Event, ...]) -> None:
    timeline = world.start().timeline
    good = Change(timeline, "put", (Event("documents", "good", 1),))
    with pytest.raises(UsageError):
        world.ledger.commit([good, Change(timeline, "put", events)])
    assert world.live() == {}
    assert world.head() == Cut(timeline, 1)


@pytest.mark.parametrize("field", ["operation", "actor", "reason", "cause"])
def test_text_that_no_database_can_hold_is_refused(world: World, field: str) -> None:
    change = Change(world.start().timeline, "put", (Event("documents", "a", 1),))
    fields = {name: getattr(change, name) for name in Change.__slots__} | {field: "\udfff"}
    with pytest.raises(UsageError, match=field):
        world.ledger.commit([Change(**fields)])
