"""Rows of an index: up to 65,536 chunks with their vectors and inverted lists, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Vectors
from holdfast.ports.lake import ChunkColumns

ROWS = 65_536
"""A segment's most rows: a row's place in it takes 16 bits."""
MANY = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """``n`` chunks in the order of their row numbers; arrays may be mapped from files.

    Term ``vocabulary[i]`` stands in chunks ``places[starts[i]:starts[i + 1]]`` (ascending), as
    often as ``counts`` says.
    """

    rows: NDArray[np.int64]
    ids: NDArray[np.void]
    digests: NDArray[np.void]
    """The documents that the chunks belong to, each once per run of its chunks."""
    runs: NDArray[np.int32]
    """Which of ``digests`` each chunk belongs to."""
    lengths: NDArray[np.uint16]
    """Terms of each chunk, repetitions counted."""
    vectors: Vectors
    vocabulary: NDArray[np.uint32]
    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    counts: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def last(self) -> int:
        return int(self.rows[-1])

    def lists(self, terms: NDArray[np.uint32]) -> list[tuple[int, int]]:
        """For each term, where its list starts and stops in ``places``."""
        at = np.searchsorted(self.vocabulary, terms)
        found = at < len(self.vocabulary)
        found[found] = self.vocabulary[at[found]] == terms[found]
        return [
            (int(self.starts[i]), int(self.starts[i + 1])) if there else (0, 0)
            for i, there in zip(at.tolist(), found.tolist(), strict=True)
        ]

    def columns(self) -> ChunkColumns:
        """What the segment was built from; a chunk's terms come in another order."""
        owners = self.places.repeat(self.counts)
        order = np.argsort(owners, kind="stable")
        sizes = np.diff(self.starts)
        terms = self.vocabulary.repeat(sizes).repeat(self.counts)[order]
        offsets = np.zeros(len(self) + 1, np.int64)
        np.cumsum(np.bincount(owners, minlength=len(self)), out=offsets[1:])
        return ChunkColumns(
            self.rows, self.ids, self.digests[self.runs], self.vectors, terms, offsets
        )


def build(columns: ChunkColumns) -> Segment:
    """A segment of at most ``ROWS`` chunks."""
    sizes = np.diff(columns.offsets)
    owners = np.arange(len(columns.rows), dtype=np.uint64).repeat(sizes)
    occurrences = np.sort(columns.terms.astype(np.uint64) << np.uint64(16) | owners)
    first = _changes(occurrences)
    pairs = occurrences[first]
    counts = np.diff(np.append(first, len(occurrences)))
    terms = (pairs >> np.uint64(16)).astype(np.uint32)
    begins = _changes(terms)
    new = _changes(columns.documents)
    runs = np.zeros(len(columns.rows), np.int32)
    runs[new[1:]] = 1
    return Segment(
        rows=columns.rows,
        ids=columns.ids,
        digests=columns.documents[new],
        runs=np.cumsum(runs, dtype=np.int32),
        lengths=np.minimum(sizes, MANY).astype(np.uint16),
        vectors=columns.vectors,
        vocabulary=terms[begins],
        starts=np.append(begins, len(terms)).astype(np.int64),
        places=(pairs & np.uint64(MANY)).astype(np.uint16),
        counts=np.minimum(counts, MANY).astype(np.uint16),
    )


def joined(parts: Sequence[ChunkColumns]) -> ChunkColumns:
    """Columns one after the other."""
    offsets = [np.zeros(1, np.int64)]
    for part in parts:
        offsets.append(part.offsets[1:] + offsets[-1][-1])
    return ChunkColumns(
        rows=np.concatenate([part.rows for part in parts]),
        ids=np.concatenate([part.ids for part in parts]),
        documents=np.concatenate([part.documents for part in parts]),
        vectors=np.concatenate([part.vectors for part in parts]),
        terms=np.concatenate([part.terms for part in parts]),
        offsets=np.concatenate(offsets),
    )


def cut(columns: ChunkColumns, *, at: int) -> tuple[ChunkColumns, ChunkColumns]:
    """The first ``at`` chunks, and the rest."""
    middle = columns.offsets[at]
    return (
        ChunkColumns(
            columns.rows[:at],
            columns.ids[:at],
            columns.documents[:at],
            columns.vectors[:at],
            columns.terms[:middle],
            columns.offsets[: at + 1],
        ),
        ChunkColumns(
            columns.rows[at:],
            columns.ids[at:],
            columns.documents[at:],
            columns.vectors[at:],
            columns.terms[middle:],
            columns.offsets[at:] - middle,
        ),
    )


def _changes(values: NDArray[np.generic]) -> NDArray[np.int64]:
    """Where runs of equal values start."""
    if not len(values):
        return np.empty(0, np.int64)
    return np.append(0, np.flatnonzero(values[1:] != values[:-1]) + 1)
