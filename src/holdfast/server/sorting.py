"""The thread that works the inbox down."""

from __future__ import annotations

import logging
import threading
import time

from holdfast.observation.sort import BODIES
from holdfast.operations.traces import Traces
from holdfast.ports.inbox import Inbox

LOG = logging.getLogger("holdfast.server")
GATHER_SECONDS = 0.4
"""How long bodies may gather before they are written together: each time makes a version."""
POLL_SECONDS = 1.0
"""How soon bodies that another process took in are noticed."""
TAKEOVER_SECONDS = 2.0
"""How often the right to work on the inbox is asked for while another process has it."""
LONGEST_PAUSE = 30.0
EXPIRY_SECONDS = 3_600.0
"""How often what is older than it is kept is removed."""


class Sorting:
    """Sorts while it holds the right to; others of the same project wait to take over.

    An error pauses it for a second, then two, up to half a minute; what waits is kept.
    """

    def __init__(self, traces: Traces, inbox: Inbox) -> None:
        self._traces = traces
        self._inbox = inbox
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox-sorter", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is at hand, then end; returns when that is done."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                with self._inbox.alone() as mine:
                    if mine:
                        self._sort()
                failures = 0
            except BaseException as e:  # noqa: BLE001 - the thread must outlive every error
                failures += 1
                pause = min(2.0 ** (failures - 1), LONGEST_PAUSE)
                LOG.warning("inbox: %s: %s; again in %g s", type(e).__name__, e, pause)
                self._stopping.wait(pause)
            else:
                self._stopping.wait(TAKEOVER_SECONDS)

    def _sort(self) -> None:
        sorter = self._traces.sorter()
        expired = -EXPIRY_SECONDS
        while not self._stopping.is_set():
            if sorter.sort() >= BODIES // 2:
                continue
            if time.monotonic() - expired > EXPIRY_SECONDS:
                expired = time.monotonic()
                self._traces.expire()
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            self._stopping.wait(GATHER_SECONDS)
        sorter.sort()
