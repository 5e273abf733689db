"""What every adapter of the timelines port does: fork, rollback, recover, snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.event import Change, Event, Expect, Fork, Snapshot
from holdfast.domain.moment import Cut, EventId, Head, Piece
from holdfast.errors import ConflictError, FencedError, MomentError, NotFoundError, UsageError
from tests.contracts.world import World, first


def opening(name: str) -> Change:
    return Change(0, "start", (Event("operations", name, {}),))


def test_an_environment_begins_empty(world: World) -> None:
    commit = world.start("production", id="create")
    assert (commit.tick, commit.timeline) == (1, 1)
    assert world.ledger.heads() == {"production": Head("production", 1, 1)}
    timeline = world.ledger.timeline(1)
    assert (timeline.fork, timeline.ancestry, timeline.revoked) == (None, (), frozenset())
    assert timeline.at == commit.at
    assert world.value("create", store="operations") == {"environment": "production"}


def test_environments_do_not_see_each_other(world: World) -> None:
    one, two = world.start("production"), world.start("staging")
    world.put("a", 1, on=one.timeline)
    world.put("a", 2, on=two.timeline)
    heads = world.ledger.heads()
    assert list(heads) == ["production", "staging"]
    assert world.live(heads["production"].cut) == {"a": 1}
    assert world.live(heads["staging"].cut) == {"a": 2}


def test_a_fork_shows_its_parent_and_goes_its_own_way(world: World) -> None:
    world.start()
    at = world.put("a", 1).cut
    staging = world.start("staging", parent=at)
    world.put("a", 2)
    world.put("b", 2, on=staging.timeline)
    assert world.live() == {"a": 2}
    assert world.live(world.head("staging")) == {"a": 1, "b": 2}
    assert world.ledger.timeline(staging.timeline).fork == at


def test_a_rollback_brings_everything_back_at_once(world: World) -> None:
    world.start()
    world.put("a", 1)
    good = world.put("m", "remembered", store="memory").cut
    world.put("a", 2)
    world.put("m", None, store="memory")
    bad = world.put("b", 2).cut
    world.rollback(good)
    assert world.live() == {"a": 1}
    assert world.live(store="memory") == {"m": "remembered"}
    assert world.live(bad) == {"a": 2, "b": 2}


def test_a_rollback_can_be_rolled_back(world: World) -> None:
    world.start()
    good = world.put("a", 1).cut
    bad = world.put("a", 2).cut
    world.rollback(good)
    world.put("b", 3)
    world.rollback(bad)
    assert world.live() == {"a": 2}


def test_late_writes_to_an_abandoned_timeline_are_fenced(world: World) -> None:
    old = world.start()
    world.rollback(old.cut)
    with pytest.raises(FencedError, match="timeline 1"):
        world.put("late", 1, on=old.timeline)
    assert world.put("new", 1).timeline == 2


def test_only_ticks_of_the_ancestry_are_visible(world: World) -> None:
    world.start()
    world.put("a", 1)  # 2
    world.start("staging")  # 3, timeline 2
    world.put("a", 3)  # 4
    world.rollback(Cut(1, 2))  # 5, timeline 3
    world.put("b", 4)  # 6
    world.rollback(Cut(3, 5))  # 7, timeline 4
    assert world.ledger.timeline(3).ancestry == (Piece(1, 0, 2),)
    assert world.ledger.timeline(4).ancestry == (Piece(1, 0, 2), Piece(3, 2, 5))
    assert world.ledger.timeline(4).spans(7) == (Piece(1, 0, 2), Piece(3, 2, 5), Piece(4, 5, 7))
    assert world.live() == {"a": 1}


def test_pieces_that_hold_nothing_are_pruned(world: World) -> None:
    world.start()  # 1
    world.put("a", 1)  # 2
    world.start("staging")  # 3 on timeline 2
    for _ in range(3):
        world.rollback(Cut(world.ledger.heads()["production"].timeline, 2))
    number = world.ledger.heads()["production"].timeline
    assert world.ledger.timeline(number).ancestry == (Piece(1, 0, 2),)
    world.start("before", parent=Cut(2, 2))
    assert world.ledger.timeline(world.ledger.heads()["before"].timeline).ancestry == ()
    world.start("between", parent=Cut(number, 3))
    between = world.ledger.timeline(world.ledger.heads()["between"].timeline)
    assert between.ancestry == (Piece(1, 0, 2),)


def test_a_fork_may_start_before_its_parent_did(world: World) -> None:
    world.start()
    first_cut = world.put("a", 1).cut
    world.put("a", 2)
    world.rollback(world.head())
    world.start("staging", parent=Cut(2, first_cut.tick))
    assert world.live(world.head("staging")) == {"a": 1}


def test_a_fork_from_nothing_is_empty(world: World) -> None:
    world.start()
    world.put("a", 1)
    world.start("staging", parent=Cut(1, 0))
    assert world.live(world.head("staging")) == {}


def test_a_revoked_event_is_gone_and_what_it_hid_shows_again(world: World) -> None:
    world.start()
    world.put("a", "good")
    bad = [first(world.put("a", "bad")), first(world.put("b", "bad"))]
    world.put("c", "good")
    gone = first(world.put("c", None))
    head = world.head()
    world.start(parent=head, expects=1, revoked=[*bad, gone])
    assert world.live() == {"a": "good", "c": "good"}
    assert world.live(head) == {"a": "bad", "b": "bad"}
    assert world.live(Cut(2, head.tick - 1)) == {"a": "good", "c": "good"}
    world.put("a", "better")
    assert world.value("a") == "better"


def test_one_event_of_a_change_can_be_revoked(world: World) -> None:
    timeline = world.start().timeline
    events = (Event("documents", "a", 1), Event("documents", "b", 1))
    world.ledger.commit([Change(timeline, "put", events)])
    world.start(parent=world.head(), expects=1, revoked=[EventId(2, 1)])
    assert world.live() == {"a": 1}


def test_descendants_inherit_revocations(world: World) -> None:
    world.start()
    bad = first(world.put("a", "bad"))
    world.start(parent=world.head(), expects=1, revoked=[bad])
    worse = first(world.put("b", "worse"))
    world.start(parent=world.head(), expects=2, revoked=[worse])
    world.rollback(world.head())
    number = world.rollback(Cut(1, bad.tick)).timeline
    assert world.ledger.timeline(4).revoked == {bad, worse}
    assert world.live(Cut(4, world.head().tick)) == {}
    assert world.ledger.timeline(number).revoked == frozenset()
    assert world.live() == {"a": "bad"}


def test_only_past_events_can_be_revoked(world: World) -> None:
    world.start()
    put = world.put("a", 1)
    for event in (EventId(put.tick + 1, 0), EventId(put.tick, 7)):
        with pytest.raises(UsageError, match=str(event)):
            world.start(parent=put.cut, expects=1, revoked=[event])
    with pytest.raises(UsageError):
        world.start("staging", revoked=[first(put)])
    assert world.ledger.heads() == {"production": Head("production", 1, put.tick)}


def test_a_fork_happens_once(world: World) -> None:
    world.start()
    world.put("a", 1)
    fork = Fork("again", "production", Cut(1, 1), 1, opening("again"))
    commit = world.ledger.fork(fork)
    world.put("b", 1)
    assert world.ledger.fork(fork) == commit
    assert world.ledger.fork(replace(fork, environment="other")) == commit
    assert world.live() == {"b": 1}
    assert list(world.ledger.heads()) == ["production"]


def test_a_fork_expects_what_the_environment_heads(world: World) -> None:
    world.start()
    with pytest.raises(ConflictError, match="production"):
        world.start("production", parent=Cut(1, 1), expects=None)
    with pytest.raises(ConflictError, match="timeline 7"):
        world.start("production", parent=Cut(1, 1), expects=7)
    with pytest.raises(ConflictError, match="staging"):
        world.start("staging", parent=Cut(1, 1), expects=1)
    assert world.put("a", 1).tick == 2


def test_a_fork_can_expect_that_nothing_came_since(world: World) -> None:
    world.start()
    planned = world.put("a", 1).tick
    world.put("b", 1)
    fork = Fork("plan", "production", Cut(1, planned), 1, opening("plan"), expects_tick=planned)
    with pytest.raises(ConflictError, match=str(planned)):
        world.ledger.fork(fork)
    world.ledger.fork(replace(fork, parent=Cut(1, 3), expects_tick=3))
    assert world.live() == {"a": 1, "b": 1}


def test_a_fork_is_settled_with_all_that_came_before_it(world: World) -> None:
    world.start()
    planned = Fork("plan", "production", Cut(1, 1), 1, opening("plan"))
    put = world.put("a", 1)
    seen: list[Head] = []

    def settle(now: Head) -> Fork:
        seen.append(now)
        said = Event("operations", "plan", sorted(world.live(now.cut)))
        return replace(planned, parent=now.cut, change=Change(0, "start", (said,)))

    commit = world.ledger.fork(planned, settle=settle)
    assert seen == [Head("production", 1, put.tick)]
    assert world.value("plan", store="operations") == ["a"]
    assert world.live() == {"a": 1}
    assert world.ledger.fork(planned, settle=settle) == commit
    assert len(seen) == 1


def test_nothing_happens_when_a_fork_is_not_settled(world: World) -> None:
    world.start()
    put = world.put("a", 1)
    fork = Fork("plan", "production", Cut(1, 1), 1, opening("plan"))

    def settle(now: Head) -> Fork:
        raise LookupError(now.environment)

    with pytest.raises(LookupError, match="production"):
        world.ledger.fork(fork, settle=settle)
    with pytest.raises(ConflictError):
        world.ledger.fork(replace(fork, expects=7), settle=settle)
    with pytest.raises(MomentError):
        world.ledger.fork(fork, settle=lambda _: replace(fork, parent=Cut(9, 1)))
    assert world.ledger.heads() == {"production": Head("production", 1, put.tick)}
    assert world.put("b", 1).tick == put.tick + 1


def test_a_forks_first_change_can_expect_events(world: World) -> None:
    world.start()
    put = world.put("a", 1)
    present = replace(opening("x"), expects=(Expect("documents", "a", first(put)),))
    with pytest.raises(ConflictError):
        world.ledger.fork(Fork("x", "production", Cut(1, 1), 1, present))
    assert world.head() == put.cut
    assert world.ledger.fork(Fork("x", "production", put.cut, 1, present)).timeline == 2


@pytest.mark.parametrize("parent", [Cut(1, 99), Cut(9, 1), Cut(1, -1)])
def test_a_parent_is_a_moment_of_the_past(world: World, parent: Cut) -> None:
    world.start()
    with pytest.raises(MomentError, match=str(parent)):
        world.start("staging", parent=parent)


@pytest.mark.parametrize(
    "fork",
    [
        Fork("", "staging", None, None, opening("x")),
        Fork("x", "", None, None, opening("x")),
        Fork("x", "\0", None, None, opening("x")),
        Fork("\ud800", "x", None, None, opening("x")),
        Fork("x", "staging", None, None, Change(0, "start", ())),
    ],
)
def test_a_malformed_fork_is_a_mistake(world: World, fork: Fork) -> None:
    with pytest.raises(UsageError):
        world.ledger.fork(fork)
    assert world.ledger.heads() == {}


def test_moves_tell_where_an_environment_was(world: World) -> None:
    world.start("production", id="create")
    world.start("staging", id="other")
    cut = world.put("a", 1).cut
    back = world.start(parent=cut, expects=1, id="back")
    moves = world.ledger.moves("production")
    assert [(m.timeline, m.tick, m.operation) for m in moves] == [(1, 1, "create"), (3, 4, "back")]
    assert moves[1].at == back.at
    assert world.ledger.moves("nowhere") == []


def test_an_unknown_timeline_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="7"):
        world.ledger.timeline(7)


def test_snapshots_name_cuts(world: World) -> None:
    world.start()
    assert world.ledger.snapshots() == []
    late = Snapshot("late", Cut(1, 1), 5, "ann", "for the audit", "c" * 64)
    early = Snapshot("early", Cut(1, 0), 6, "", "", "")
    assert world.ledger.snapshots(late) == [late]
    assert world.ledger.snapshots(early) == [early, late]
    with pytest.raises(ConflictError, match="late"):
        world.ledger.snapshots(replace(late, reason="other"))
    assert world.ledger.snapshots() == [early, late]


@pytest.mark.parametrize(
    ("name", "cut", "error"),
    [
        ("x", Cut(1, 2), MomentError),
        ("x", Cut(2, 1), MomentError),
        ("", Cut(1, 1), UsageError),
        ("\0", Cut(1, 1), UsageError),
    ],
)
def test_a_snapshot_names_a_moment(
    world: World, name: str, cut: Cut, error: type[Exception]
) -> None:
    world.start()
    with pytest.raises(error):
        world.ledger.snapshots(Snapshot(name, cut, 0, "", "", ""))
    assert world.ledger.snapshots() == []


def test_a_key_that_others_wrote_often_is_found(world: World) -> None:
    world.start()
    world.put("hot", "mine")
    staging = world.start("staging", parent=world.head()).timeline
    for n in range(150):
        world.put("hot", n, on=staging)
    world.put("hot", None, on=staging)
    assert world.value("hot") == "mine"
    later = world.start("later", parent=Cut(staging, 60))
    assert world.value("hot", later.cut) == 60 - 4
    assert world.value("hot", world.head("staging")) is None
    recovered = world.start(
        "recovered", parent=Cut(staging, 120), revoked=[EventId(t, 0) for t in range(4, 121)]
    )
    assert world.value("hot", recovered.cut) == "mine"
    assert world.live(recovered.cut) == {"hot": "mine"}
    assert world.value("hot", Cut(1, 1)) is None


def test_a_forks_first_change_does_not_see_what_was_revoked(world: World) -> None:
    world.start()
    bad = [first(world.put(key, "bad")) for key in "ab"]
    world.start(parent=world.head(), expects=1, revoked=bad[:1])
    absent = (Expect("documents", "a", None), Expect("documents", "b", None))
    change = replace(opening("x"), expects=absent)
    fork = Fork("x", "production", world.head(), 2, change, frozenset(bad[1:]))
    assert world.ledger.fork(fork).timeline == 3
