"""Whether what an index keeps on disk is what the lake holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.document import Space
from holdfast.ports.lake import ChunkColumns, Chunks
from holdfast.store.lake.canonical import picked
from holdfast.store.lake.segment import Segment, build, joined
from holdfast.store.lake.shelf import Shelf


def inspect(shelf: Shelf, *, chunks: Chunks, space: Space) -> tuple[int, list[str]]:
    """How many segments are kept, and those that are not what the lake's chunks make.

    Rows that the lake does not hold any more are no damage: nothing live is among them.
    """
    segments = shelf.load()
    columns = _aligned(chunks, space, segments)
    wrong = [
        f"rows up to {segment.last}"
        for segment, held in zip(segments, columns, strict=True)
        if not _same(segment, held)
    ]
    return len(segments), wrong


def _aligned(chunks: Chunks, space: Space, segments: list[Segment]) -> Iterator[ChunkColumns]:
    """For each segment, the lake's rows up to its last one."""
    batches = chunks.columns(space)
    left: ChunkColumns | None = None
    for segment in segments:
        parts = [left] if left is not None else []
        while not parts or parts[-1].rows[-1] < segment.last:
            batch = next(batches, None)
            if batch is None:
                break
            parts.append(batch)
        held = joined(parts) if parts else segment.columns()
        inside = held.rows <= segment.last
        yield picked(held, np.flatnonzero(inside))
        rest = np.flatnonzero(~inside)
        left = picked(held, rest) if len(rest) else None


def _same(segment: Segment, held: ChunkColumns) -> bool:
    try:
        kept = segment.columns()
        both = np.intersect1d(kept.rows, held.rows)
        mine = picked(kept, np.flatnonzero(np.isin(kept.rows, both)))
        theirs = picked(held, np.flatnonzero(np.isin(held.rows, both)))
        if not len(both):
            return True
        one, other = build(mine), build(theirs)
    except (IndexError, ValueError, MemoryError):
        return False
    return all(
        np.array_equal(_bytes(getattr(one, field.name)), _bytes(getattr(other, field.name)))
        for field in fields(Segment)
    )


def _bytes(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """As bytes: digests have no order of their own that could be compared."""
    return np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
