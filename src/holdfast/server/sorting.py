"""The process that works the inbox down: ``python -m holdfast.server.sorting FOLDER``.

It is one of its own so that decoding never holds up receiving, and it ends with the server that
began it: its standard input is a pipe on which each byte says that there is something to do, and
whose end says that nobody is there any more.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from holdfast.bootstrap import open_project
from holdfast.errors import HoldfastError
from holdfast.observation.sort import Sorter
from holdfast.operations.watch.traces import Traces
from holdfast.ports.inbox import Inbox

LOG = logging.getLogger("holdfast.server")
GATHER_SECONDS = 0.4
"""How long bodies may gather before they are written together: each time makes a version."""
POLL_SECONDS = 1.0
"""How soon bodies that another process took in are noticed."""
TAKEOVER_SECONDS = 0.5
"""How often the right to work on the inbox is asked for while another process has it."""
DRAIN_SECONDS = 10.0
"""How long what waits is worked on after the end was asked for."""
LONGEST_PAUSE = 30.0
EXPIRY_SECONDS = 3_600.0
"""How often what is older than it is kept is removed."""
NICE = 10
"""What it gives way with to those who receive and answer."""
SAID = 4_096


class Sorting:
    """Sorts while it holds the right to; others of the same project wait to take over.

    An error pauses it for a second, then two, up to half a minute; what waits is kept.
    """

    def __init__(self, traces: Traces, inbox: Inbox) -> None:
        self._traces = traces
        self._inbox = inbox
        self._wake = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Ask it to finish what is at hand and end."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Work until ``stop``."""
        failures = 0
        while True:
            pause = TAKEOVER_SECONDS
            try:
                with self._inbox.alone() as mine:
                    if mine:
                        self._sort()
                failures = 0
            except Exception as e:  # noqa: BLE001 - it must outlive every error
                failures += 1
                pause = min(2.0 ** (failures - 1), LONGEST_PAUSE)
                LOG.warning("inbox: %s: %s; again in %g s", type(e).__name__, e, pause)
            if self._stopping.wait(pause):
                return

    def _sort(self) -> None:
        sorter = self._traces.sorter()
        expired = -EXPIRY_SECONDS
        while not self._stopping.is_set():
            sorter.sort()
            if sorter.full:
                continue
            if time.monotonic() - expired > EXPIRY_SECONDS:
                expired = time.monotonic()
                self._traces.expire()
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            self._stopping.wait(GATHER_SECONDS)
        drain(sorter, seconds=DRAIN_SECONDS)


def drain(sorter: Sorter, *, seconds: float) -> None:
    """Work on what waits until there is no more, for so long at most."""
    until = time.monotonic() + seconds
    while sorter.sort() and time.monotonic() < until:
        pass


def listen(sorting: Sorting, pipe: int) -> None:
    """Wake it for what is said on a pipe, and stop it at the pipe's end."""
    while os.read(pipe, SAID):
        sorting.wake()
    sorting.stop()


def main() -> None:
    """Sort for the project in a folder until standard input ends."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):
        # They go to the whole group; the server that began this ends it in its own time.
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICE)
    try:
        with open_project(Path(sys.argv[1])) as project:
            sorting = Sorting(Traces(project.system), project.system.inbox())
            pipe = sys.stdin.fileno()
            threading.Thread(target=listen, args=[sorting, pipe], daemon=True).start()
            sorting.run()
    except HoldfastError as e:
        LOG.error("inbox: nothing is sorted: %s", e)  # noqa: TRY400 - it says all there is to say
        sys.exit(1)


if __name__ == "__main__":
    main()
