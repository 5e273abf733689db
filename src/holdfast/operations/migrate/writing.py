"""Embedded chunks on their way into the new column, while the next ones are embedded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from holdfast.domain.document import Chunk, Vectors

WAITING = 8
"""Requests' worth of chunks that may wait for the one write under way."""


@dataclass(frozen=True, slots=True)
class Made:
    """What one request made: whole documents' chunks, their vectors, and the request's note."""

    documents: list[list[Chunk]]
    vectors: Vectors
    note: Path


class Writer:
    """Writes in a thread of its own, one commit for all that came while it wrote the last.

    So a request never waits for the disk, and a slow disk makes larger commits, not a longer
    queue: ``take`` waits when too much does. Used from one thread, until the end of the block.
    """

    def __init__(self, store: Callable[[Sequence[Made]], None]) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._writing: Future[None] | None = None
        self._waiting: list[Made] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            while self._waiting or self._writing is not None:
                self._begin()
        finally:
            self._pool.shutdown()

    def take(self, made: Sequence[Made]) -> None:
        """Write in turn what was made; raises what the write before raised."""
        self._waiting += made
        if self._writing is None or self._writing.done() or len(self._waiting) >= WAITING:
            self._begin()

    def _begin(self) -> None:
        """Start the next write when the one under way has ended."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()
        if self._waiting:
            group, self._waiting = self._waiting, []
            self._writing = self._pool.submit(self._store, group)
