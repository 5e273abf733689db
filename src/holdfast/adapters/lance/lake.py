"""The lake as a folder of Lance tables."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from holdfast.adapters.lance.chunks import LanceChunks
from holdfast.adapters.lance.documents import LanceDocuments
from holdfast.adapters.lance.durable import locked
from holdfast.adapters.lance.spaces import LanceSpaces
from holdfast.adapters.lance.table import Table
from holdfast.ports.lake import Freed

GRACE = timedelta(hours=1)
"""How long a superseded version stays on disk for those who still read it."""


class LanceLake:
    """``documents.lance`` and ``chunks-<preprocessing>-<embedder>.lance`` in a folder.

    Several processes may read and write one folder. What ``put`` and ``append`` returned from is
    synced to disk.

    >>> import tempfile
    >>> from holdfast.domain.digest import digest_bytes
    >>> from holdfast.domain.document import Document
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lake = LanceLake(Path(folder))
    ...     lake.documents.put([Document(digest_bytes(b"# Hi"), "text/markdown", b"# Hi")])
    ...     len(lake.documents.digests())
    1
    """

    def __init__(self, folder: Path, *, grace: timedelta = GRACE) -> None:
        self._folder = folder
        self._documents = LanceDocuments(folder, grace=grace)
        self._chunks = LanceChunks(folder, grace=grace)
        self._spaces = LanceSpaces(folder, self._chunks)

    @property
    def documents(self) -> LanceDocuments:
        return self._documents

    @property
    def chunks(self) -> LanceChunks:
        return self._chunks

    @property
    def spaces(self) -> LanceSpaces:
        return self._spaces

    def idle(self, *, seconds: float) -> set[str]:
        return self._last_put(until=_now() - int(seconds * 1e6))

    def drop(self, documents: Collection[str], *, idle: float = 0, dry_run: bool = False) -> Freed:
        with locked(self._folder, exclusive=True):
            until = _now() - int(idle * 1e6)
            gone = self._last_put(until=until) & set(documents)
            held = gone & self._documents.digests()
            rows = {sets: sets.rows(gone) for sets in self._chunks.tables()}
            freed = Freed(
                documents=len(held),
                chunks=sum(len(numbers) for numbers in rows.values()),
                bytes=self._documents.weigh(held)
                + sum(_share(sets.table, rows=len(numbers)) for sets, numbers in rows.items()),
            )
            if not dry_run:
                for sets, numbers in rows.items():
                    sets.table.delete(numbers)
                self._documents.drop(held, until=until)
        return freed

    def _last_put(self, *, until: int) -> set[str]:
        last = self._documents.last_put()
        for sets in self._chunks.tables():
            for name, at in sets.last_stored().items():
                last[name.hex()] = max(at, last.get(name.hex(), 0))
        return {document for document, at in last.items() if at <= until}


def _now() -> int:
    return time.time_ns() // 1_000


def _share(table: Table, *, rows: int) -> int:
    """About how many bytes of a table some of its rows are."""
    return table.bytes() * rows // max(table.count(), 1)
