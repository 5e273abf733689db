from __future__ import annotations

import pytest

from holdfast.domain.event import Event, Fork
from holdfast.domain.moment import Cut, EventId, Head
from holdfast.errors import ConflictError, NotFoundError
from holdfast.store.ledger.timeline import Operation, copy, create, head, recover, rollback
from tests.contracts.world import World, first


def recorded(world: World, id_: str, environment: str = "production") -> dict[str, object]:
    value: dict[str, object] = world.value(id_, world.head(environment), store="operations")
    return value


def test_an_environments_life(world: World) -> None:
    ledger = world.ledger
    operation = Operation("create", actor="ann", reason="begin", cause="ticket:1")
    commit = ledger.fork(create("production", operation=operation))
    said = (commit.operation, commit.actor, commit.reason, commit.cause)
    assert said == ("create", "ann", "begin", "ticket:1")
    good = world.put("a", "good").cut
    bad = world.put("b", "bad")

    ledger.fork(copy("staging", of=bad.cut, operation=Operation("copy")))
    assert world.live(world.head("staging")) == {"a": "good", "b": "bad"}

    start = head(ledger, "production")
    ledger.fork(rollback(start, to=good, operation=Operation("back")))
    assert world.live() == {"a": "good"}
    assert recorded(world, "back") == {
        "kind": "rollback",
        "environment": "production",
        "from": {"timeline": 1, "tick": 3},
        "to": {"timeline": 1, "tick": 2},
        "revoked": [],
    }

    start = head(ledger, "staging")
    ledger.fork(recover(start, revoked=[first(bad)], operation=Operation("recover")))
    assert world.live(world.head("staging")) == {"a": "good"}
    assert recorded(world, "recover", "staging")["revoked"] == ["@3.0"]
    assert [move.operation for move in ledger.moves("staging")] == ["copy", "recover"]


def test_an_operation_can_say_and_do_more(world: World) -> None:
    extra = Event("queue", "a.md", {"state": "enqueued"})
    operation = Operation("o", details={"requeue": 1, "kind": "overruled"}, events=(extra,))
    commit = world.ledger.fork(create("production", operation=operation))
    assert commit.events == 2
    assert recorded(world, "o")["requeue"] == 1
    assert recorded(world, "o")["kind"] == "create"
    assert world.live(store="queue") == {"a.md": {"state": "enqueued"}}


def test_recover_is_refused_when_something_came_since(world: World) -> None:
    world.start()
    start = head(world.ledger, "production")
    put = world.put("a", 1)
    fork = recover(start, revoked=[], operation=Operation("recover"))
    with pytest.raises(ConflictError):
        world.ledger.fork(fork)
    assert world.head() == put.cut


def test_rollback_is_not_held_up_by_what_came_since(world: World) -> None:
    start_cut = world.start().cut
    start = head(world.ledger, "production")
    world.put("a", 1)
    world.ledger.fork(rollback(start, to=start_cut, operation=Operation("back")))
    assert world.live() == {}


def test_forks_say_what_they_are(world: World) -> None:
    start = Head("production", 3, 9)
    fork = recover(start, revoked=[EventId(5, 0)], operation=Operation("x"))
    assert isinstance(fork, Fork)
    parts = (fork.parent, fork.expects, fork.expects_tick, fork.revoked)
    assert parts == (Cut(3, 9), 3, 9, {EventId(5, 0)})


def test_an_unknown_environment_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="none yet"):
        head(world.ledger, "production")
    world.start("production")
    world.start("staging")
    with pytest.raises(NotFoundError, match="did you mean 'production'"):
        head(world.ledger, "produktion")
    with pytest.raises(NotFoundError, match="'production', 'staging'"):
        head(world.ledger, "zzz")
