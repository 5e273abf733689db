"""Which documents a chunk table holds, and in which rows.

Two processes may store the same document at once. Each set of chunks lands whole, so the first
one counts and the later ones are not shown.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.adapters.lance.known import Known
from holdfast.adapters.lance.rows import ROW, Cursor, digests, raw, scan
from holdfast.adapters.lance.table import Dataset, Table

SETTLED = 50_000
"""Rows after which it is kept what the table holds, so that the next start need not read them."""
GROWTH = 4
"""It is kept anew only when it has grown by a fourth: the file is written whole."""


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
    """The chunk sets of one table, read as they come; a large one is read on from where it was."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lock = threading.Lock()
        self._cursor = Cursor()
        self._stored: dict[bytes, int] = {}
        self._visible = np.empty(0, np.int64)
        self._kept = -1
        """How many rows the kept file speaks of; -1 before it was looked for."""

    def last_stored(self) -> dict[bytes, int]:
        """Raw digests of documents and when their chunks were last stored (us since 1970 UTC)."""
        with self._lock:
            self._refresh()
            return dict(self._stored)

    def held(self, documents: Iterable[str]) -> set[str]:
        """Which of some documents have chunks here."""
        with self._lock:
            self._refresh()
            return {name for name in documents if bytes.fromhex(name) in self._stored}

    def visible(self, *, after: int, limit: int) -> Span | None:
        """The next rows to show, ``None`` when there are none."""
        with self._lock:
            self._refresh()
            numbers = self._visible[np.searchsorted(self._visible, after, side="right") :][:limit]
        return Span(numbers) if len(numbers) else None

    def rows(self, documents: set[str]) -> list[int]:
        """Every row of documents, those of later sets too."""
        if not documents:
            return []
        table = self.table.read(lambda dataset: scan(dataset, columns=["document"]))
        if table is None:
            return []
        held = np.isin(raw(table["document"]), raw(digests(sorted(documents))))
        return [int(row) for row in table[ROW].to_numpy()[held]]

    def _refresh(self) -> None:
        if self._kept < 0:
            self._kept = self.table.read(self._resumed) or 0
        news = self.table.read(
            lambda dataset: self._cursor.advance(dataset, columns=["document", "ordinal", "at"])
        )
        if news is None:
            if self.table.latest() is None:
                self._cursor, self._stored, self._visible = Cursor(), {}, np.empty(0, np.int64)
            return
        if news.again:
            self._stored, self._visible = {}, np.empty(0, np.int64)
            self._kept = 0
        if len(news.rows):
            self._extend(news.rows)
        if self._cursor.count - self._kept >= max(SETTLED, self._kept // GROWTH):
            self._keep()

    def _resumed(self, dataset: Dataset) -> int:
        """Go on from the kept file, if the table holds the row that was the newest then."""
        known = Known.load(self.table.path)
        if known is None or known.version > dataset.version:
            return 0
        newest = dataset._take_rows([known.last], columns=["document", "at"]).to_pylist()  # noqa: SLF001
        if not newest or known.stored.get(newest[0]["document"], -1) < newest[0]["at"]:
            return 0
        self._cursor.resume(known.last, count=known.count, version=known.version)
        self._stored, self._visible = known.stored, known.visible
        return known.count

    def _keep(self) -> None:
        cursor = self._cursor
        known = Known(cursor.last, cursor.count, cursor.version, self._stored, self._visible)
        known.save(self.table.path)
        self._kept = cursor.count

    def _extend(self, rows: pa.Table) -> None:
        starts = np.flatnonzero(rows["ordinal"].to_numpy() == 0)
        first = np.empty(len(starts), bool)
        names = raw(rows["document"])[starts].tolist()
        for i, (name, at) in enumerate(
            zip(names, rows["at"].to_numpy()[starts].tolist(), strict=True)
        ):
            before = self._stored.get(name)
            first[i] = before is None
            self._stored[name] = at if before is None else max(at, before)
        numbers = rows[ROW].to_numpy().astype(np.int64)
        sizes = np.diff(np.append(starts, len(numbers)))
        self._visible = np.append(self._visible, numbers[np.repeat(first, sizes)])
