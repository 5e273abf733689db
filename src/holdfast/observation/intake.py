"""Take requests in: checked, durable, and only then acknowledged."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, field

from holdfast.domain.digest import digest_bytes
from holdfast.errors import BusyError, StorageError
from holdfast.observation import wire
from holdfast.observation.redact import Cleaner
from holdfast.observation.wire import Checked, Window
from holdfast.ports.clock import Clock
from holdfast.ports.inbox import Backlog, Body, Inbox

TOGETHER = 64
"""Bodies of one transaction."""
TOGETHER_BYTES = 32 << 20
RECOUNT_SECONDS = 1.0
"""How often the backlog is counted anew: other processes add to it and take from it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in."""

    backlog_bytes: int
    """Bytes that may wait in the inbox."""
    keep_days: int
    """Older spans, points and records are rejected."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    body: Body
    result: Future[bool] = field(default_factory=Future)


class Intake:
    """Hand it request bodies from any thread; what it returned from survives a power cut.

    Bodies that come at once are written in one transaction. While more than ``backlog_bytes``
    wait to be worked on, ``accept`` raises ``BusyError``. A ``cleaner`` takes out what must not be
    kept before anything is written.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        limits: Limits,
        clock: Clock,
        cleaner: Cleaner | None = None,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        self._inbox = inbox
        self._limits = limits
        self._clock = clock
        self._cleaner = cleaner
        self._arrived = arrived
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._counted = 0.0
        self._backlog = Backlog(0, 0, 0, 0)
        self._thread = threading.Thread(target=self._work, name="inbox-writer", daemon=True)
        self._thread.start()

    def accept(
        self, signal: str, content: bytes, *, encoding: str = "", json: bool = False
    ) -> Checked:
        """Check a body and keep it, unless the same came in before.

        Returns what of it is kept. Raises ``UsageError``, ``LimitError``, ``BusyError`` and
        ``StorageError``.
        """
        self._check_room()
        plain = wire.unpack(content, encoding)
        message = wire.parse_json(signal, plain) if json else wire.parse(signal, plain)
        window = Window.at(self._clock.now(), days=self._limits.keep_days)
        checked = wire.check(signal, message, window=window)
        if checked.kept:
            name = digest_bytes(plain)
            cleaned = self._cleaner is not None and self._cleaner.clean(signal, message)
            if json or cleaned:
                content, encoding = message.SerializeToString(), ""
            self._put(Body(signal, name, encoding, checked.kept, content))
        return checked

    def backlog(self) -> Backlog:
        """What waits to be worked on, as of a moment ago."""
        now = time.monotonic()
        if now - self._counted > RECOUNT_SECONDS:
            self._counted = now
            self._backlog = self._inbox.backlog()
        return self._backlog

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _check_room(self) -> None:
        held = self.backlog()
        if held.bytes > self._limits.backlog_bytes:
            raise BusyError(
                f"{held.items} spans, points and records wait to be worked on "
                f"({held.bytes >> 20} MB, of collect.backlog_megabytes); send again later"
            )

    def _put(self, body: Body) -> None:
        waiting = _Waiting(body)
        with self._changed:
            if self._closed:
                raise StorageError("the inbox is closed; start the server again")
            self._waiting.append(waiting)
            self._changed.notify_all()
        waiting.result.result()

    def _work(self) -> None:
        while group := self._gather():
            try:
                kept = self._inbox.put([waiting.body for waiting in group])
            except Exception as error:  # noqa: BLE001 - whatever it is, the senders must know
                for waiting in group:
                    waiting.result.set_exception(copy(error))
                continue
            for waiting, new in zip(group, kept, strict=True):
                waiting.result.set_result(new)
            self._arrived()

    def _gather(self) -> list[_Waiting]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            group: list[_Waiting] = []
            size = 0
            while self._waiting and len(group) < TOGETHER and size < TOGETHER_BYTES:
                group.append(self._waiting.popleft())
                size += len(group[-1].body.content)
            return group
