"""A latch within one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryLatch:
    """Threads share it; a waiting collector keeps new storers out, so that it gets its turn.

    >>> with MemoryLatch().storing():
    ...     print("a clean-up waits")
    a clean-up waits
    """

    def __init__(self) -> None:
        self._turnstile = threading.Lock()
        self._left = threading.Condition()
        self._storing = 0

    @contextmanager
    def storing(self) -> Iterator[None]:
        with self._turnstile, self._left:
            self._storing += 1
        try:
            yield
        finally:
            with self._left:
                self._storing -= 1
                self._left.notify_all()

    @contextmanager
    def collecting(self) -> Iterator[None]:
        with self._turnstile:
            with self._left:
                self._left.wait_for(lambda: not self._storing)
            yield
