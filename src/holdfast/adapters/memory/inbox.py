"""An inbox in memory."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from holdfast.ports.clock import Clock
from holdfast.ports.inbox import Backlog, Body, Held

KNOWN = 3_600_000_000
"""Microseconds for which content that was worked on stays known."""


class MemoryInbox:
    """What the SQL inbox does, without a disk."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[int, Held] = {}
        self._damaged: dict[int, Held] = {}
        self._digests: dict[tuple[str, str], int] = {}
        self._next = (secrets.randbits(22) << 40) + 1
        self._lock = threading.Lock()
        self._worker = threading.Lock()

    def put(self, bodies: Sequence[Body]) -> list[bool]:
        with self._lock:
            return [self._put(body) for body in bodies]

    def take(self, *, limit: int, room: int, after: int = 0) -> list[Held]:
        taken: list[Held] = []
        size = 0
        with self._lock:
            for number, held in self._held.items():
                size += len(held.body.content)
                if len(taken) == limit or (taken and size > room):
                    break
                if number > after:
                    taken.append(held)
                else:
                    size -= len(held.body.content)
        return taken

    def done(self, numbers: Sequence[int]) -> None:
        limit = self._clock.now() - KNOWN
        with self._lock:
            for number in numbers:
                self._held.pop(number, None)
            waiting = {(held.body.signal, held.body.digest) for held in self._held.values()}
            old = [key for key, at in self._digests.items() if at < limit and key not in waiting]
            for key in old:
                del self._digests[key]

    def shrink(self) -> None:
        """Nothing: memory is given back as it is freed."""

    def set_aside(self, number: int, reason: str) -> None:
        with self._lock:
            if number in self._held:
                self._damaged[number] = self._held.pop(number)

    def backlog(self) -> Backlog:
        with self._lock:
            waiting = list(self._held.values())
            return Backlog(
                len(waiting),
                sum(held.body.items for held in waiting),
                sum(len(held.body.content) for held in waiting),
                len(self._damaged),
                min((held.at for held in waiting), default=0),
            )

    def scrub(self) -> None:
        """Nothing to do: what was done is gone."""

    @contextmanager
    def alone(self) -> Iterator[bool]:
        held = self._worker.acquire(blocking=False)
        try:
            yield held
        finally:
            if held:
                self._worker.release()

    def _put(self, body: Body) -> bool:
        key = (body.signal, body.digest)
        if key in self._digests:
            return False
        now = self._clock.now()
        self._digests[key] = now
        self._held[self._next] = Held(self._next, now, body)
        self._next += 1
        return True
