"""Keeps the process that sorts alive, and ends it with the server."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

LOG = logging.getLogger("holdfast.server")
IDLE_SECONDS = 5.0
"""When it is begun although nothing came in: an earlier server may have left something."""
STEADY_SECONDS = 60.0
"""A life after which a death is no sign that the next one comes at once."""
LONGEST_PAUSE = 30.0
END_SECONDS = 60.0
"""How long it may take to finish what is at hand; whatever it leaves is kept in the inbox."""


class Supervisor:
    """One ``holdfast.server.sorting`` at a time, begun with the first body that comes in.

    One that dies is followed by another after a second, then two, up to half a minute.
    """

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "holdfast.server.sorting", str(folder.resolve())]
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sorting", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process that sorts now, if there is one."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wanted.set()
        with self._lock:
            pipe = self._process.stdin if self._process is not None else None
            if pipe is not None and not pipe.closed:
                # A full pipe says it already; a broken one is that of a process that is followed.
                with suppress(BlockingIOError, BrokenPipeError):
                    os.write(pipe.fileno(), b"\n")

    def stop(self) -> None:
        """Let it finish what is at hand; returns when it has ended."""
        self._stopping.set()
        self._wanted.set()
        with self._lock:
            process = self._process
            if process is not None and process.stdin is not None:
                process.stdin.close()
        if process is not None:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                LOG.warning("inbox: sorting took longer than %g s to end", END_SECONDS)
                process.kill()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._wanted.wait(IDLE_SECONDS)
        quick = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._live()
            if self._stopping.is_set():
                return
            quick = quick + 1 if time.monotonic() - began < STEADY_SECONDS else 1
            pause = min(2.0 ** (quick - 1), LONGEST_PAUSE)
            LOG.warning("inbox: the process that sorts ended with %s; again in %g s", status, pause)
            self._stopping.wait(pause)

    def _live(self) -> str:
        """One process from its beginning to its end; what it ended with."""
        with self._lock:
            if self._stopping.is_set():
                return ""
            try:
                process = subprocess.Popen(  # noqa: S603 - our own module
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
                )
            except OSError as e:
                return str(e)
            assert process.stdin is not None  # noqa: S101 - it was asked for
            os.set_blocking(process.stdin.fileno(), False)
            self._process = process
        status = process.wait()
        with self._lock:
            process.stdin.close()
        return f"signal {-status}" if status < 0 else f"status {status}"
