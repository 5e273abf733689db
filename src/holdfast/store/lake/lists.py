"""Which chunks each centroid's list holds: an inverted file over an index."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.store.lake.centroids import Centroids
from holdfast.store.lake.index import Part, Rows
from holdfast.store.lake.segment import ROWS, Segment
from holdfast.store.lake.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Divided:
    """Some parts' chunks by list: list i holds ``places[starts[i]:starts[i + 1]]``."""

    parts: tuple[Part, ...]
    places: NDArray[np.int32]
    starts: NDArray[np.int64]

    def within(self, lists: NDArray[np.int64]) -> list[NDArray[np.int32]]:
        starts, stops = self.starts[lists].tolist(), self.starts[lists + 1].tolist()
        return [self.places[a:b] for a, b in zip(starts, stops, strict=True)]


class Lists:
    """An index divided by pinned centroids; full segments' lists are kept on the shelf."""

    def __init__(self, centroids: Centroids, *, digest: str, shelf: Shelf | None) -> None:
        self.centroids = centroids
        self._digest = digest
        self._shelf = shelf
        self._lock = threading.Lock()
        self._divided: tuple[Divided, ...] = ()

    def probed(
        self, index: Rows, question: NDArray[np.float32], *, probes: int
    ) -> NDArray[np.int64]:
        """Positions of the chunks in the lists nearest to a question, ascending."""
        lists = self.centroids.probe(question, lists=probes)
        found = [places for group in self._groups(index) for places in group.within(lists)]
        return np.sort(np.concatenate(found)).astype(np.int64) if found else np.empty(0, np.int64)

    def _groups(self, index: Rows) -> tuple[Divided, ...]:
        """Full parts together, the others each alone, so that growth divides little anew."""
        with self._lock:
            full = tuple(part for part in index.parts if len(part.segment) == ROWS)
            small = [(part,) for part in index.parts[len(full) :]]
            known = {group.parts: group for group in self._divided}
            wanted = [full, *small] if full else small
            self._divided = tuple(known.get(parts) or self._divide(parts) for parts in wanted)
            return self._divided

    def _divide(self, parts: tuple[Part, ...]) -> Divided:
        owners = np.concatenate([self._assigned(part.segment) for part in parts])
        sizes = np.bincount(owners, minlength=len(self.centroids))
        return Divided(
            parts=parts,
            places=(np.argsort(owners, kind="stable") + parts[0].start).astype(np.int32),
            starts=np.append(0, np.cumsum(sizes)),
        )

    def _assigned(self, segment: Segment) -> NDArray[np.uint16]:
        if self._shelf is None or len(segment) < ROWS:
            return self.centroids.assign(segment.vectors)
        held = self._shelf.lists(segment, centroids=self._digest)
        if held is None:
            held = self.centroids.assign(segment.vectors)
            self._shelf.keep(segment, centroids=self._digest, lists=held)
        return held
