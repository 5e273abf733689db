"""The sign codes of an index's vectors, and the shortlists they give."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from holdfast.store.lake.index import LiveRows, Part, Rows
from holdfast.store.lake.segment import ROWS
from holdfast.store.lake.shelf import Shelf
from holdfast.store.lake.signs import PLANES, Signs, Words

BLOCK = 32_768
"""Codes that are compared at once: what is counted stays in the processor's cache."""
GUESS = 64
"""One distance in so many is looked at to guess where the nearest ones end."""


class Codes:
    """Codes of all chunks of an index; those of full segments are kept on the shelf.

    A chunk's position in the index never changes, nor does its code, so each is made once.
    """

    def __init__(self, signs: Signs, *, name: str, shelf: Shelf | None) -> None:
        self._signs = signs
        self._name = name
        self._shelf = shelf
        self._lock = threading.Lock()
        self._codes: Words = np.empty((signs.words, 0), np.uint64)
        self._count = 0

    def shortlist(
        self, live: LiveRows, question: NDArray[np.float32], *, wide: int, narrow: int
    ) -> NDArray[np.int64]:
        """Positions of about ``narrow`` live chunks that are likely near a question, ascending.

        The ``wide`` nearest by the question's signs alone are compared with all its bits. Chunks
        as near as the last one are kept too, so the order of chunks makes no difference.
        """
        codes = self.encode(live.index)
        planes = self._signs.planes(question)
        kind = np.uint8 if self._signs.bits <= np.iinfo(np.uint8).max + 1 else np.uint16
        distances = _distances(codes, planes[-1], mask=live.mask, kind=kind)
        places: NDArray[np.int64] = np.flatnonzero(distances <= _edge(distances, wide))
        chosen = codes[:, places]
        totals = distances[places].astype(np.uint16) << (PLANES - 1)
        for plane in range(PLANES - 1):
            totals += _differing(chosen, planes[plane], kind=np.uint16) << plane
        if len(places) > narrow:
            places = places[totals <= np.partition(totals, narrow - 1)[narrow - 1]]
        return places

    def encode(self, index: Rows) -> Words:
        """The codes of all chunks of an index; shape (words, n)."""
        with self._lock:
            if len(index) > self._codes.shape[1]:
                grown = np.empty((self._signs.words, len(index) * 5 // 4), np.uint64)
                grown[:, : self._count] = self._codes[:, : self._count]
                self._codes = grown
            for part in index.parts:
                if part.stop > self._count:
                    self._codes[:, self._count : part.stop] = self._made(part)
                    self._count = part.stop
            return self._codes[:, : len(index)]

    def _made(self, part: Part) -> Words:
        """The codes of a part's chunks, but for those that are there already."""
        segment, known = part.segment, self._count - part.start
        if self._shelf is None or len(segment) < ROWS:
            return self._signs.encode(segment.vectors[known:])
        held = self._shelf.codes(segment, name=self._name, words=self._signs.words)
        if held is None:
            before = self._codes[:, part.start : self._count]
            held = np.append(before, self._signs.encode(segment.vectors[known:]), axis=1)
            self._shelf.keep(segment, name=self._name, codes=held)
        return held[:, known:]


def _distances(
    codes: Words, plane: Words, *, mask: NDArray[np.bool_], kind: type[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    """How many bits of each code differ from a plane's; the most there can be if not live."""
    found = np.empty(codes.shape[1], kind)
    for start in range(0, len(found), BLOCK):
        block = slice(start, start + BLOCK)
        dead = mask[block].astype(kind) - kind(1)
        found[block] = _differing(codes[:, block], plane, kind=kind) | dead
    return found


def _differing(
    codes: Words, plane: Words, *, kind: type[np.unsignedinteger]
) -> NDArray[np.unsignedinteger]:
    total = np.zeros(codes.shape[1], kind)
    for word, bits in zip(codes, plane, strict=True):
        total += np.bitwise_count(word ^ bits)
    return total


def _edge(distances: NDArray[np.unsignedinteger], count: int) -> int:
    """The smallest distance that ``count`` chunks do not exceed."""
    sample = np.sort(distances[::GUESS])
    edge = int(sample[min(len(sample) - 1, count * len(sample) // len(distances))])
    most = int(np.iinfo(distances.dtype).max) - 1
    edge = min(edge, most)
    while edge < most and np.count_nonzero(distances <= edge) < count:
        edge += 1
    while edge and np.count_nonzero(distances < edge) >= count:
        edge -= 1
    return edge
