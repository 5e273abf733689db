"""Which documents a chunk table holds, and in which rows.

Two processes may store the same document at once. Each set of chunks lands whole, so the first
one counts and the later ones are not shown.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.adapters.lance.rows import ROW, Cursor, raw
from holdfast.adapters.lance.table import Table


@dataclass(frozen=True, slots=True)
class Span:
    """Row numbers that a batch is made of, ascending."""

    numbers: NDArray[np.int64]

    @property
    def first(self) -> int:
        return int(self.numbers[0])

    @property
    def last(self) -> int:
        return int(self.numbers[-1])


class Sets:
    """The chunk sets of one table, read as they come."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lock = threading.Lock()
        self._cursor = Cursor()
        self._clear()

    def last_stored(self) -> dict[str, int]:
        """Documents and when their chunks were last stored (us since 1970 UTC)."""
        with self._lock:
            self._refresh()
            return dict(self._stored)

    def visible(self, *, after: int, limit: int) -> Span | None:
        """The next rows to show, ``None`` when there are none."""
        with self._lock:
            self._refresh()
            numbers = self._visible[np.searchsorted(self._visible, after, side="right") :][:limit]
        return Span(numbers) if len(numbers) else None

    def count(self) -> int:
        """How many rows there are, those of later sets too."""
        with self._lock:
            self._refresh()
            return len(self._all)

    def rows(self, documents: set[str]) -> list[int]:
        """Every row of documents, those of later sets too."""
        with self._lock:
            self._refresh()
            held = np.array([name in documents for name in self._names], bool)
            return [int(row) for row in self._all[held[self._document]]]

    def _clear(self) -> None:
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._stored: dict[str, int] = {}
        self._all = np.empty(0, np.int64)
        self._document = np.empty(0, np.int32)
        self._visible = np.empty(0, np.int64)

    def _refresh(self) -> None:
        news = self.table.read(
            lambda dataset: self._cursor.advance(dataset, columns=["document", "ordinal", "at"])
        )
        if news is None:
            return
        if news.again:
            self._clear()
        if len(news.rows):
            self._extend(news.rows)

    def _extend(self, rows: pa.Table) -> None:
        numbers = rows[ROW].to_numpy().astype(np.int64)
        starts = np.flatnonzero(rows["ordinal"].to_numpy() == 0)
        names = [bytes(name).hex() for name in raw(rows["document"])[starts]]
        stored = rows["at"].to_numpy()[starts].tolist()
        first = np.empty(len(names), bool)
        document = np.empty(len(names), np.int32)
        for i, (name, at) in enumerate(zip(names, stored, strict=True)):
            first[i] = name not in self._numbers
            document[i] = self._numbers.setdefault(name, len(self._names))
            if first[i]:
                self._names.append(name)
            self._stored[name] = max(at, self._stored.get(name, 0))
        sizes = np.diff(np.append(starts, len(numbers)))
        self._all = np.append(self._all, numbers)
        self._document = np.append(self._document, np.repeat(document, sizes))
        self._visible = np.append(self._visible, numbers[np.repeat(first, sizes)])
