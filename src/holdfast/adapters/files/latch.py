"""A latch that processes of one machine share through a file."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from holdfast.adapters.files.translate import translate


class FileLatch:
    """A lock on ``path``; another beside it is a turnstile, so that a collector gets its turn.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with FileLatch(Path(folder) / ".latch").storing():
    ...         print("a clean-up waits")
    a clean-up waits
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turnstile = path.with_name(path.name + "-turn")

    @contextmanager
    def storing(self) -> Iterator[None]:
        with self._open(self._path) as held:
            with self._open(self._turnstile) as turn:
                fcntl.flock(turn, fcntl.LOCK_SH)
                fcntl.flock(held, fcntl.LOCK_SH)
            yield

    @contextmanager
    def collecting(self) -> Iterator[None]:
        with self._open(self._turnstile) as turn, self._open(self._path) as held:
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _open(self, path: Path) -> TextIOWrapper:
        with translate(path):
            return path.open("a")
