"""Everything of a space that can be found, in memory: segments, and which document is where."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Space, Vectors
from holdfast.errors import CorruptionError
from holdfast.ports.lake import ChunkColumns, Chunks
from holdfast.store.lake.live import Key, Live
from holdfast.store.lake.numbers import Numbers
from holdfast.store.lake.segment import ROWS, Segment, build, cut, joined
from holdfast.store.lake.shelf import Shelf

GONE = -1
"""The document number of rows that a newer set of the same document replaces."""
KEPT = 8
"""Cuts whose live rows are remembered."""
UNSAVED = 2_000
"""Rows that are read from the lake again at a start rather than saved."""


At = slice | NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and where its chunks start in the index's arrays."""

    segment: Segment
    start: int

    @property
    def stop(self) -> int:
        return self.start + len(self.segment)


@dataclass(frozen=True, slots=True)
class Rows:
    """The index at one moment; never changed. Arrays have one element per chunk of all parts."""

    parts: tuple[Part, ...]
    documents: NDArray[np.int32]
    """Document numbers, ``GONE`` for chunks that never show."""
    lengths: NDArray[np.uint16]
    chunks: NDArray[np.int64]
    """How many chunks each document number has here."""
    terms: NDArray[np.int64]
    """How many terms each document number has here."""
    replaced: int = 0
    """How many document sets were replaced so far; with the same number, rows only came."""

    def __len__(self) -> int:
        return len(self.documents)

    def ids(self, places: NDArray[np.int64]) -> NDArray[np.void]:
        """Raw chunk ids at positions (``V32``)."""
        found = np.empty(len(places), "V32")
        for part, at, inside in self._split(places):
            found[at] = part.segment.ids[inside]
        return found

    def names(self, places: NDArray[np.int64]) -> NDArray[np.bytes_]:
        """Chunk ids at positions as something that can be sorted."""
        return self.ids(places).view("S32")

    def digests(self, places: NDArray[np.int64]) -> NDArray[np.void]:
        """Raw digests of the documents at positions (``V32``)."""
        found = np.empty(len(places), "V32")
        for part, at, inside in self._split(places):
            found[at] = part.segment.digests[part.segment.runs[inside]]
        return found

    def vectors(self, places: NDArray[np.int64]) -> Vectors:
        """Vectors at positions; shape (len(places), dimensions)."""
        found = np.empty((len(places), self.parts[0].segment.vectors.shape[1]), np.float16)
        for part, at, inside in self._split(places):
            found[at] = part.segment.vectors[inside]
        return found

    def rows(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers in the lake of positions."""
        found = np.empty(len(places), np.int64)
        for part, at, inside in self._split(places):
            found[at] = part.segment.rows[inside]
        return found

    def _split(self, places: NDArray[np.int64]) -> Iterator[tuple[Part, At, NDArray[np.int64]]]:
        """For each part: which of the positions are in it, and where in it."""
        order = None
        if np.any(places[1:] < places[:-1]):
            order = np.argsort(places, kind="stable")
            places = places[order]
        edges = [*(part.start for part in self.parts), len(self)]
        bounds = np.searchsorted(places, edges).tolist()
        for part, (first, last) in zip(self.parts, pairwise(bounds), strict=True):
            if first < last:
                at = slice(first, last) if order is None else order[first:last]
                yield part, at, places[first:last] - part.start


NOTHING = Rows(
    (),
    np.empty(0, np.int32),
    np.empty(0, np.uint16),
    np.empty(0, np.int64),
    np.empty(0, np.int64),
)


@dataclass(frozen=True, slots=True, eq=False)
class LiveRows:
    """The rows of an index that a cut shows, with what BM25 needs to know of them."""

    index: Rows
    mask: NDArray[np.bool_]
    count: int
    terms: int
    """How many terms the live chunks have together."""
    shown: tuple[int, ...]
    """How many chunks of each part are live."""
    whole: frozenset[int]
    """Where the parts start whose chunks are all live."""
    frequencies: dict[int, int] = field(default_factory=dict)
    """Term -> how many live chunks hold it, as far as asked."""

    @property
    def average(self) -> float:
        """Mean number of terms of the live chunks."""
        return self.terms / self.count if self.count else 0.0


class CorpusIndex:
    """The chunks of a space, loaded as they are stored.

    With a ``folder``, full segments are kept there and mapped at the next start; so is the last
    one, as it was found at a start, once it has grown.
    """

    def __init__(
        self, chunks: Chunks, space: Space, *, numbers: Numbers, folder: Path | None
    ) -> None:
        self._chunks = chunks
        self._space = space
        self._numbers = numbers
        name = f"{space.preprocessing[:12]}-{space.embedder[:12]}"
        self.shelf = Shelf(folder / name) if folder is not None else None
        self._lock = threading.Lock()
        self._rows: Rows | None = None
        self._firsts: dict[int, bytes] = {}
        """Document number -> its first chunk's id: seen again, a newer set begins."""
        self._cache: OrderedDict[Key, LiveRows] = OrderedDict()

    def refresh(self) -> Rows:
        """Load the chunks that were stored since."""
        with self._lock:
            return self._refreshed()

    def live(self, live: Live) -> LiveRows:
        """The rows of the live documents, with what was stored since if they are new here."""
        with self._lock:
            found = self._cache.get(live.key)
            if found is None or found.index is not self._rows:
                rows = self._refreshed()
                grown = None if found is None else _extended(found, rows, live)
                found = self._cache[live.key] = _live(rows, live) if grown is None else grown
                if len(self._cache) > KEPT:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(live.key)
            return found

    def _refreshed(self) -> Rows:
        known = self._rows
        rows = self._load() if known is None else known
        loaded = len(rows)
        last = rows.parts[-1].segment.last if rows.parts else -1
        for columns in self._chunks.columns(self._space, after=last):
            rest = columns
            while len(rest.rows) > ROWS:
                full, rest = cut(rest, at=ROWS)
                rows = self._grown(rows, full)
            rows = self._grown(rows, rest)
        if known is None and len(rows) - loaded > UNSAVED:
            rows = self._kept(rows)
        self._rows = rows
        return rows

    def _load(self) -> Rows:
        segments = self.shelf.load() if self.shelf is not None else []
        if self.shelf is not None and segments and not self._valid(segments[-1]):
            self.shelf.clear()
            segments = []
        rows = NOTHING
        for segment in segments:
            rows = self._counted(rows, segment, parts=(*rows.parts, Part(segment, len(rows))))
        return rows

    def _valid(self, last: Segment) -> bool:
        """Whether the lake still numbers its rows as it did when the segments were made."""
        found = next(self._chunks.columns(self._space, after=last.last - 1), None)
        return found is None or found.rows[0] != last.last or found.ids[0] == last.ids[-1]

    def _grown(self, rows: Rows, columns: ChunkColumns) -> Rows:
        new = build(columns)
        return self._counted(rows, new, parts=self._arranged(rows.parts, new))

    def _arranged(self, parts: tuple[Part, ...], new: Segment) -> tuple[Part, ...]:
        """Small segments are merged as they gather, and kept on disk once they are full."""
        kept = [part.segment for part in parts]
        merged = [new]
        while kept and len(kept[-1]) < min(ROWS, 2 * sum(map(len, merged))):
            merged.insert(0, kept.pop())
        small = [segment for segment in kept if len(segment) < ROWS]
        if sum(map(len, small + merged)) >= ROWS:
            merged = small + merged
            kept = kept[: len(kept) - len(small)]
        if len(merged) > 1 or len(new) == ROWS:
            merged = self._split(merged, after=kept[-1].last if kept else -1)
        starts = np.cumsum([0, *(len(segment) for segment in kept + merged)]).tolist()
        return tuple(map(Part, kept + merged, starts))

    def _split(self, segments: Sequence[Segment], *, after: int) -> list[Segment]:
        """The same rows in full segments and one that is not."""
        left = joined([segment.columns() for segment in segments])
        made = []
        while len(left.rows) >= ROWS:
            full, left = cut(left, at=ROWS)
            segment = build(full)
            made.append(segment if self.shelf is None else self.shelf.save(segment, after=after))
            after = segment.last
        return [*made, build(left)] if len(left.rows) else made

    def _kept(self, rows: Rows) -> Rows:
        """The same rows, with those behind the last full segment as one that the disk keeps."""
        full = [part for part in rows.parts if len(part.segment) == ROWS]
        small = rows.parts[len(full) :]
        if self.shelf is None or not small:
            return rows
        last = small[0].segment
        if len(small) > 1:
            last = build(joined([part.segment.columns() for part in small]))
        saved = self.shelf.save(last, after=full[-1].segment.last if full else -1)
        return replace(rows, parts=(*full, Part(saved, small[0].start)))

    def _counted(self, rows: Rows, new: Segment, *, parts: tuple[Part, ...]) -> Rows:
        """Number the new chunks' documents; a newer set of a document replaces the older one."""
        numbers = self._numbers.of(new.digests.tolist())
        before = rows.documents
        chunks, terms = (
            _padded(counts, len(self._numbers)) for counts in (rows.chunks, rows.terms)
        )
        replaced = self._replaced(new, numbers, held=chunks[numbers] > 0)
        if replaced:
            before = np.where(np.isin(before, replaced), np.int32(GONE), before)
            chunks[replaced] = terms[replaced] = 0
        documents = numbers[new.runs]
        np.add.at(chunks, documents, 1)
        np.add.at(terms, documents, new.lengths)
        return Rows(
            parts=parts,
            documents=np.append(before, documents),
            lengths=np.append(rows.lengths, new.lengths),
            chunks=chunks,
            terms=terms,
            replaced=rows.replaced + len(replaced),
        )

    def _replaced(
        self, new: Segment, numbers: NDArray[np.int32], *, held: NDArray[np.bool_]
    ) -> list[int]:
        """Of the documents that are held already, those that a segment holds from their start."""
        firsts = new.ids[np.searchsorted(new.runs, np.arange(len(numbers)))]
        # Backwards, so that of two sets of a document the first one counts.
        fresh = np.flatnonzero(~held)[::-1]
        self._firsts.update(zip(numbers[fresh].tolist(), firsts[fresh].tolist(), strict=True))
        pairs = zip(numbers[held].tolist(), firsts[held].tolist(), strict=True)
        return [number for number, first in pairs if self._firsts[number] == first]


def _padded(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    padded = np.zeros(size, np.int64)
    padded[: len(counts)] = counts
    return padded


def _live(rows: Rows, live: Live) -> LiveRows:
    wanted = np.zeros(max(len(rows.chunks), int(live.documents.max(initial=-1)) + 1) + 1, bool)
    wanted[live.documents] = True
    mask = wanted[rows.documents]
    held = np.flatnonzero(wanted[: len(rows.chunks)])
    bare = np.count_nonzero(wanted) - np.count_nonzero(rows.chunks[held])
    if bare:
        raise CorruptionError(
            f"{bare} live documents have no chunks to search, as if they had been lost; "
            "run 'holdfast ingest' to prepare them again"
        )
    counts = int(rows.chunks[held].sum()), int(rows.terms[held].sum())
    return _masked(rows, mask, counts=counts, frequencies={})


def _extended(before: LiveRows, rows: Rows, live: Live) -> LiveRows | None:
    """As ``_live``, from what an index that has only grown since showed of the same cut.

    ``None`` when the index has changed otherwise.
    """
    known = len(before.index)
    if rows.replaced != before.index.replaced:
        return None
    shown = np.isin(rows.documents[known:], live.documents)
    count = before.count + int(np.count_nonzero(shown))
    terms = before.terms + int(rows.lengths[known:][shown].sum(dtype=np.int64))
    frequencies = before.frequencies if count == before.count else {}
    mask = np.append(before.mask, shown)
    return _masked(rows, mask, counts=(count, terms), frequencies=frequencies)


def _masked(
    rows: Rows,
    mask: NDArray[np.bool_],
    *,
    counts: tuple[int, int],
    frequencies: dict[int, int],
) -> LiveRows:
    """Live rows by part; ``counts`` are those of live chunks and of their terms."""
    shown = tuple(int(np.count_nonzero(mask[part.start : part.stop])) for part in rows.parts)
    whole = frozenset(
        part.start
        for part, number in zip(rows.parts, shown, strict=True)
        if number == len(part.segment)
    )
    count, terms = counts
    return LiveRows(rows, mask, count, terms, shown, whole, frequencies)
