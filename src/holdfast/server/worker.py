"""The thread that brings queued documents in."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

from holdfast.domain.moment import Head
from holdfast.errors import FencedError
from holdfast.pipeline.ingest import Outcome
from holdfast.pipeline.queue import CLAIMED, ENQUEUED
from holdfast.project import Project
from holdfast.server.backlog import Backlog

LOG = logging.getLogger("holdfast.server")
POLL_SECONDS = 2.0
"""How soon documents that another process enqueued are noticed."""
TAKEOVER_SECONDS = 20.0
"""How often claims that somebody else holds are looked at: he may be dead."""
TURN_SECONDS = 10.0
"""How long one environment is served before the others get their turn."""
LONGEST_PAUSE = 60.0


class Worker:
    """Drains the queue of every environment, one batch after the other.

    An error pauses its environment for a second, then two, up to a minute. A rollback in the
    middle is no error: what is queued on the new timeline is worked on at once.
    """

    def __init__(self, project: Project, backlog: Backlog, *, poll: float = POLL_SECONDS) -> None:
        self._project = project
        self._backlog = backlog
        self._poll = poll
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failures: Counter[str] = Counter()
        self._pauses: dict[str, float] = {}
        self._turn = 0.0
        self._thread = threading.Thread(target=self._run, name="queue-worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch at hand, then end; returns when that is done."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                heads = list(self._project.environments().values())
            except BaseException as e:  # noqa: BLE001 - the thread must outlive every error
                LOG.warning("queue: the environments cannot be read: %s; trying again", e)
                heads = []
            for head in heads:
                self._serve(head)
            self._wake.wait(self._poll)
            self._wake.clear()

    def _serve(self, head: Head) -> None:
        name = head.environment
        self._turn = time.monotonic() + TURN_SECONDS
        try:
            if not self._has_work(head):
                return
            self._project.drain(environment=name, progress=self._between)
            self._failures.pop(name, None)
            self._pauses[name] = time.monotonic() + TAKEOVER_SECONDS
        except (_TurnOver, FencedError):
            self._wake.set()
        except BaseException as e:  # noqa: BLE001 - also panics of libraries in Rust
            self._failures[name] += 1
            pause = min(2.0 ** (self._failures[name] - 1), LONGEST_PAUSE)
            self._pauses[name] = time.monotonic() + pause
            LOG.warning("queue of %s: %s: %s; again in %g s", name, type(e).__name__, e, pause)

    def _has_work(self, head: Head) -> bool:
        if self._stopping.is_set():
            return False
        paused = time.monotonic() < self._pauses.get(head.environment, 0.0)
        if paused and self._failures[head.environment]:
            return False
        counts = self._backlog.counts(head)
        return bool(counts[ENQUEUED] or (counts[CLAIMED] and not paused))

    def _between(self, _: Outcome) -> None:
        if self._stopping.is_set() or time.monotonic() > self._turn:
            raise _TurnOver


class _TurnOver(Exception):  # noqa: N818 - a signal to the worker itself
    """The worker stops between two batches: for good, or to look at the other environments."""
