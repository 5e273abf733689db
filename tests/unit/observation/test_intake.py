from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.inbox import MemoryInbox
from holdfast.errors import BusyError, StorageError, StorageFullError, UsageError
from holdfast.observation.intake import Intake, Limits
from holdfast.ports.inbox import Body
from tests.support.otlp import logs, spans, traces


class Slow(MemoryInbox):
    """Notes what is written together, and waits to be let go on."""

    def __init__(self) -> None:
        super().__init__(clock=SettableClock())
        self.groups: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.asked = False
        self.error: Exception | None = None

    def put(self, bodies: Sequence[Body]) -> list[bool]:
        self.asked = True
        self.go.wait(30)
        self.groups.append(len(bodies))
        if self.error is not None:
            raise self.error
        return super().put(bodies)


@pytest.fixture
def inbox() -> Slow:
    return Slow()


@pytest.fixture
def intake(inbox: Slow) -> Iterator[Intake]:
    made = Intake(inbox, limits=Limits(10_000, keep_days=9), clock=SettableClock())
    yield made
    inbox.go.set()
    made.close()


def now() -> int:
    return SettableClock().now() * 1_000


def send(intake: Intake, request: Any) -> Any:
    return intake.accept("traces", request.SerializeToString())


def test_what_was_taken_in_is_in_the_inbox(intake: Intake, inbox: Slow) -> None:
    checked = send(intake, traces(3, at=now()))
    assert (checked.kept, checked.rejected) == (3, 0)
    assert inbox.backlog().items == 3


def test_a_body_without_anything_to_keep_is_not_kept(intake: Intake, inbox: Slow) -> None:
    assert send(intake, traces(0)).kept == 0
    assert send(intake, traces(2, at=5)).rejected == 2
    assert inbox.backlog().bodies == 0


def test_times_that_are_kept(intake: Intake) -> None:
    day = 86_400 * 10**9
    offsets = {-10 * day: 1, -9 * day: 0, 0: 0, day: 0, day + 1: 1}
    for offset, rejected in offsets.items():
        assert send(intake, traces(at=now() + offset)).rejected == rejected


def test_what_comes_at_once_is_written_together(intake: Intake, inbox: Slow) -> None:
    inbox.go.clear()
    threads = [threading.Thread(target=send, args=[intake, traces(at=now())]) for _ in range(9)]
    threads[0].start()
    while not inbox.asked:
        time.sleep(0.001)
    for thread in threads[1:]:
        thread.start()
    while len(intake._waiting) < 8:
        time.sleep(0.001)
    inbox.go.set()
    for thread in threads:
        thread.join(30)
    assert inbox.groups == [1, 8]


def test_a_full_disk_is_told_to_whoever_sent(intake: Intake, inbox: Slow) -> None:
    inbox.error = StorageFullError("no space left")
    with pytest.raises(StorageFullError, match="no space"):
        send(intake, traces(at=now()))
    inbox.error = None
    assert send(intake, traces(at=now())).kept == 1


def test_more_than_may_wait_is_sent_back(intake: Intake, inbox: Slow) -> None:
    send(intake, traces(at=now(), big="x" * 20_000))
    intake._counted = 0
    with pytest.raises(BusyError, match=r"collect\.backlog_megabytes.*send again later"):
        send(intake, traces(at=now()))
    inbox.done([held.number for held in inbox.take(limit=9, room=10**9)])
    intake._counted = 0
    assert send(intake, traces(at=now())).kept == 1


def test_what_is_no_message_is_refused(intake: Intake) -> None:
    with pytest.raises(UsageError, match="no protobuf message of traces"):
        intake.accept("traces", b"\xff")
    with pytest.raises(UsageError, match="not deflate"):
        intake.accept("traces", b"\xff\xff", encoding="deflate")
    with pytest.raises(UsageError, match="middle of its gzip"):
        intake.accept("traces", b"", encoding="gzip")
    with pytest.raises(UsageError, match="'br' is not known"):
        intake.accept("traces", b"", encoding="br")
    with pytest.raises(UsageError, match="is not JSON"):
        intake.accept("traces", b"{", json=True)


def test_a_span_with_too_much_is_rejected_and_a_record_too(intake: Intake) -> None:
    request = traces(2, at=now())
    for _ in range(1_025):
        spans(request)[0].events.add()
    checked = send(intake, request)
    assert (checked.kept, checked.rejected) == (1, 1)
    assert "more than 1024" in checked.message
    checked = intake.accept("logs", logs("a", at=1).SerializeToString())
    assert checked.rejected == 1
    assert "keep_days" in checked.message


def test_a_closed_intake_says_so(inbox: Slow) -> None:
    made = Intake(inbox, limits=Limits(10_000, keep_days=9), clock=SettableClock())
    made.close()
    with pytest.raises(StorageError, match="closed"):
        send(made, traces(at=now()))
