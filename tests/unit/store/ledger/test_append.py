from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.event import Change, Commit, Event, Expect
from holdfast.errors import (
    ConflictError,
    FencedError,
    StateError,
    StorageFullError,
    StorageLockedError,
    UsageError,
)
from holdfast.store.ledger.append import GroupCommit
from tests.contracts.world import World


class Gate(MemoryLedger):
    """A ledger whose commits wait until the gate is open, and may fail."""

    def __init__(self, *, clock: object) -> None:
        super().__init__(clock=clock)  # type: ignore[arg-type]
        self.open = threading.Event()
        self.entered = threading.Event()
        self.groups: list[int] = []
        self.failure: Exception | None = None

    def commit(self, changes: Sequence[Change]) -> list[Commit | StateError]:
        self.entered.set()
        self.open.wait()
        self.groups.append(len(changes))
        if self.failure:
            raise self.failure
        return super().commit(changes)


@pytest.fixture
def ledger(clock: object) -> Gate:
    gate = Gate(clock=clock)
    gate.open.set()
    World(gate).start()
    return gate


def change(key: str, *, timeline: int = 1, expects: tuple[Expect, ...] = ()) -> Change:
    return Change(timeline, "put", (Event("documents", key, 1),), expects)


@contextmanager
def gathered(ledger: Gate, count: int, *, writer: GroupCommit) -> Iterator[None]:
    """Hold the writer up in a first group; go on when ``count`` others wait for the next."""
    ledger.open.clear()
    with ThreadPoolExecutor(1) as pool:
        ledger.entered.clear()
        first = pool.submit(writer.append, change("first"))
        ledger.entered.wait()
        yield
        while len(writer._waiting) < count:
            pass
        ledger.open.set()
        assert first.result().tick == 2


def test_a_change_comes_back_as_its_commit(ledger: Gate) -> None:
    with GroupCommit(ledger) as writer:
        assert [writer.append(change(key)).tick for key in "abc"] == [2, 3, 4]


def test_waiting_changes_share_a_transaction(ledger: Gate) -> None:
    with GroupCommit(ledger) as writer, ThreadPoolExecutor(20) as pool:
        with gathered(ledger, 20, writer=writer):
            commits = [pool.submit(writer.append, change(f"{n}")) for n in range(20)]
        assert sorted(commit.result().tick for commit in commits) == list(range(3, 23))
    assert ledger.groups == [1, 20]


def test_a_group_has_a_largest_size(ledger: Gate) -> None:
    with GroupCommit(ledger, together=8) as writer, ThreadPoolExecutor(20) as pool:
        with gathered(ledger, 20, writer=writer):
            commits = [pool.submit(writer.append, change(f"{n}")) for n in range(20)]
        assert len({commit.result().tick for commit in commits}) == 20
    assert ledger.groups == [1, 8, 8, 4]


def test_only_the_refused_caller_gets_the_error(ledger: Gate) -> None:
    absent = (Expect("documents", "same", None),)
    with GroupCommit(ledger) as writer, ThreadPoolExecutor(4) as pool:
        with gathered(ledger, 4, writer=writer):
            futures = [
                pool.submit(writer.append, wanted)
                for wanted in (
                    change("same", expects=absent),
                    change("same", expects=absent),
                    change("late", timeline=9),
                    change("good"),
                )
            ]
        errors = [future.exception() for future in futures]
    assert sorted(type(error).__name__ for error in errors[:2]) == ["ConflictError", "NoneType"]
    assert isinstance(errors[2], FencedError)
    assert errors[3] is None
    assert isinstance(errors[0] or errors[1], ConflictError)


def test_a_malformed_change_does_not_spoil_its_group(ledger: Gate) -> None:
    with GroupCommit(ledger) as writer, ThreadPoolExecutor(3) as pool:
        with gathered(ledger, 3, writer=writer):
            wanted = [change("a"), Change(1, "put", ()), change("b")]
            futures = [pool.submit(writer.append, one) for one in wanted]
        kinds = [type(future.exception()) for future in futures]
    assert kinds == [type(None), UsageError, type(None)]


@pytest.mark.parametrize("failure", [StorageFullError("full"), RuntimeError("a bug")])
def test_a_failed_transaction_fails_its_callers_only(ledger: Gate, failure: Exception) -> None:
    with GroupCommit(ledger) as writer:
        ledger.failure = failure
        with pytest.raises(type(failure), match=str(failure)):
            writer.append(change("a"))
        ledger.failure = None
        assert writer.append(change("b")).tick == 2


def test_every_caller_gets_an_error_of_its_own(ledger: Gate) -> None:
    ledger.failure = StorageFullError("full")
    with GroupCommit(ledger) as writer, ThreadPoolExecutor(2) as pool:
        ledger.open.clear()
        futures = [pool.submit(writer.append, change(key)) for key in "ab"]
        ledger.open.set()
        errors = [future.exception() for future in futures]
    assert all(isinstance(error, StorageFullError) for error in errors)
    assert errors[0] is not errors[1]


def test_who_finds_no_room_is_told(ledger: Gate) -> None:
    with GroupCommit(ledger, room=2, patience=0.05) as writer, ThreadPoolExecutor(2) as pool:
        with gathered(ledger, 2, writer=writer):
            waiting = [pool.submit(writer.append, change(key)) for key in "ab"]
            while len(writer._waiting) < 2:
                pass
            with pytest.raises(StorageLockedError, match="2 changes"):
                writer.append(change("c"))
        assert len({future.result().tick for future in waiting}) == 2


def test_closing_writes_what_waits(ledger: Gate) -> None:
    writer = GroupCommit(ledger)
    with ThreadPoolExecutor(3) as pool:
        with gathered(ledger, 2, writer=writer):
            waiting = [pool.submit(writer.append, change(key)) for key in "ab"]
        writer.close()
        assert not writer._waiting
        assert len({future.result().tick for future in waiting}) == 2


def test_nothing_is_appended_after_closing(ledger: Gate) -> None:
    writer = GroupCommit(ledger)
    writer.close()
    writer.close()
    with pytest.raises(Exception, match="closed"):
        writer.append(change("a"))
    assert ledger.heads()["production"].tick == 1
