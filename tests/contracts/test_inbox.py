"""What every adapter of the inbox port does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.inbox import MemoryInbox
from holdfast.adapters.sql.inbox import SqlInbox
from holdfast.ports.inbox import Backlog, Body, Inbox


def made(content: bytes, *, signal: str = "traces", items: int = 1) -> Body:
    return Body(signal, content.hex(), "gzip", items, content)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(params=["memory", "sql"])
def inbox(request: pytest.FixtureRequest, tmp_path: Path, clock: SettableClock) -> Iterator[Inbox]:
    make: dict[str, Callable[[], Any]] = {
        "memory": lambda: MemoryInbox(clock=clock),
        "sql": lambda: SqlInbox.open(tmp_path / "inbox.db", clock=clock),
    }
    opened = make[request.param]()
    yield opened
    if isinstance(opened, SqlInbox):
        opened.close()


def take(inbox: Inbox) -> list[bytes]:
    return [held.body.content for held in inbox.take(limit=100, room=1_000)]


def test_what_was_put_is_taken_in_order(inbox: Inbox, clock: SettableClock) -> None:
    assert inbox.put([made(b"a"), made(b"b", signal="logs", items=3)]) == [True, True]
    first, second = inbox.take(limit=10, room=100)
    assert first.body == made(b"a")
    assert second.body == made(b"b", signal="logs", items=3)
    assert first.at == clock.now()
    assert first.number < second.number
    assert inbox.backlog() == Backlog(2, 4, 2, 0, first.at)


def test_the_same_content_is_kept_once(inbox: Inbox) -> None:
    assert inbox.put([made(b"a"), made(b"a")]) == [True, False]
    assert inbox.put([made(b"a"), made(b"a", signal="logs")]) == [False, True]
    assert take(inbox) == [b"a", b"a"]


def test_content_stays_known_for_an_hour_after_it_was_worked_on(
    inbox: Inbox, clock: SettableClock
) -> None:
    inbox.put([made(b"a")])
    inbox.done([held.number for held in inbox.take(limit=1, room=1)])
    clock.advance(minutes=59)
    inbox.done([])
    assert inbox.put([made(b"a")]) == [False]
    clock.advance(minutes=2)
    inbox.done([])
    assert inbox.put([made(b"a")]) == [True]


def test_content_that_waits_stays_known(inbox: Inbox, clock: SettableClock) -> None:
    inbox.put([made(b"a")])
    clock.advance(hours=5)
    inbox.done([])
    assert inbox.put([made(b"a")]) == [False]


def test_what_is_done_is_taken_no_more(inbox: Inbox) -> None:
    inbox.put([made(b"a"), made(b"b")])
    first = inbox.take(limit=1, room=100)[0]
    inbox.done([first.number])
    assert take(inbox) == [b"b"]


def test_numbers_are_not_used_again(inbox: Inbox) -> None:
    inbox.put([made(b"a")])
    first = inbox.take(limit=1, room=1)[0].number
    inbox.done([first])
    inbox.put([made(b"b")])
    assert inbox.take(limit=1, room=1)[0].number > first


def test_as_much_is_taken_as_there_is_room_for_but_always_one(inbox: Inbox) -> None:
    inbox.put([made(b"aaaa"), made(b"bb"), made(b"cc")])
    assert len(inbox.take(limit=3, room=1)) == 1
    assert len(inbox.take(limit=3, room=6)) == 2
    assert len(inbox.take(limit=2, room=100)) == 2
    first = inbox.take(limit=1, room=1)[0].number
    rest = inbox.take(limit=9, room=9, after=first)
    assert [held.body.content for held in rest] == [b"bb", b"cc"]


def test_what_was_set_aside_is_kept_but_not_taken(inbox: Inbox, clock: SettableClock) -> None:
    inbox.put([made(b"a"), made(b"b")])
    inbox.set_aside(inbox.take(limit=1, room=1)[0].number, "cannot be read")
    assert take(inbox) == [b"b"]
    assert inbox.backlog() == Backlog(1, 1, 1, 1, clock.now())
    assert inbox.put([made(b"a")]) == [False]


def test_one_at_a_time_may_work(inbox: Inbox) -> None:
    seen: list[bool] = []

    def ask() -> None:
        with inbox.alone() as mine:
            seen.append(mine)

    with inbox.alone() as mine:
        assert mine
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(30)
    ask()
    assert seen == [False, True]


def test_threads_put_side_by_side(inbox: Inbox) -> None:
    def put(name: int) -> None:
        for number in range(20):
            inbox.put([made(b"%d-%d" % (name, number))])

    threads = [threading.Thread(target=put, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    taken = inbox.take(limit=1_000, room=10_000)
    assert len({held.body.content for held in taken}) == len({held.number for held in taken}) == 80


def test_what_a_burst_needed_is_given_back(tmp_path: Path, clock: SettableClock) -> None:
    path = tmp_path / "inbox.db"
    inbox = SqlInbox.open(path, clock=clock)
    for number in range(12):
        inbox.put([Body("traces", str(number), "", 1, bytes(10 << 20))])
    numbers = [held.number for held in inbox.take(limit=100, room=1 << 30)]
    inbox.done(numbers)
    inbox.put([made(b"a")])
    for _ in range(20):
        inbox.shrink()
    assert take(inbox) == [b"a"]
    inbox.close()
    assert path.stat().st_size < 80 << 20
