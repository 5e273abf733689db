"""Pinning how vectors are searched: an event that says so, valid from then on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import digest_bytes
from holdfast.domain.event import Event
from holdfast.store.lake.best import best
from holdfast.store.lake.codes import Codes
from holdfast.store.lake.corpus import INDEX, STORE
from holdfast.store.lake.dense import nearest, nearest_of, similarities
from holdfast.store.lake.index import LiveRows
from holdfast.store.lake.signs import Signs

SAMPLED = 10_000
"""Chunks that the center is the mean of."""
TRIED = 200
"""Chunks that stand for questions when the shortlist's length is chosen."""
FOUND = 10
RECALL = 0.99
"""Share of the exact ten nearest that has to be found for them."""
WIDE = (0.005, 0.01, 0.02, 0.04, 0.08)
"""Shares of the live chunks that are tried as the wide shortlist."""
NARROW = 10
"""Times as long as the narrow one."""
GROWN = 4
"""Times as many live chunks as were pinned for: time to pin anew."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Value of ``corpus/index/EMBEDDER``: shortlists by sign codes from this event on."""

    center: str
    """The codes' center: half precision, little-endian, base64."""
    wide: float
    """Share of the live chunks on the wide shortlist."""
    recall: float
    """Measured when it was pinned."""
    chunks: int
    """How many were live then."""

    def event(self, embedder: str) -> Event:
        return Event(STORE, f"{INDEX}{embedder}", self.json())

    def json(self) -> dict[str, Any]:
        return {"kind": "signs", **asdict(self)}

    def identity(self) -> dict[str, Any]:
        """What a stamp says of it."""
        return {"kind": "signs", "center": digest_bytes(self.center.encode()), "wide": self.wide}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Pin:
        return cls(value["center"], value["wide"], value["recall"], value["chunks"])

    def signs(self) -> Signs:
        return Signs(np.frombuffer(base64.b64decode(self.center), "<f2"))

    def lengths(self, count: int) -> tuple[int, int]:
        """The wide and the narrow shortlist's length for so many live chunks."""
        wide = int(self.wide * count)
        return wide, max(1, wide // NARROW)


def fit(live: LiveRows, *, codes: Callable[[Pin], Codes]) -> Pin | None:
    """How to search the live chunks; ``None`` when no shortlist finds nearly all there is.

    The sample is the live chunks with the smallest ids, so it depends on nothing but the corpus.
    """
    places = np.flatnonzero(live.mask)
    names = live.index.names(places)
    chosen = best(np.zeros(len(places)), SAMPLED + TRIED, names=lambda i: names[i])
    chosen = places[chosen[np.argsort(names[chosen], kind="stable")]]
    mean = live.index.vectors(chosen[:SAMPLED]).mean(axis=0, dtype=np.float64)
    center = base64.b64encode(mean.astype("<f2").tobytes()).decode("ascii")
    questions = live.index.vectors(chosen[-TRIED:]).astype(np.float32)
    tops = [_top(live, question) for question in questions]
    for wide in WIDE:
        pin = Pin(center, wide, 0.0, live.count)
        found = [
            np.isin(top, shortlisted(live, question, depth=FOUND, codes=codes(pin), pin=pin))
            for question, top in zip(questions, tops, strict=True)
        ]
        recall = float(np.concatenate(found).mean())
        if recall >= RECALL:
            return replace(pin, recall=round(recall, 4))
    return None


def shortlisted(
    live: LiveRows, question: NDArray[np.float32], *, depth: int, codes: Codes, pin: Pin
) -> NDArray[np.int64]:
    """As ``nearest``, but only among the chunks on the pinned shortlist."""
    wide, narrow = pin.lengths(live.count)
    places = codes.shortlist(live, question, wide=wide, narrow=narrow)
    return nearest_of(live, question, places=places, depth=depth)


def _top(live: LiveRows, question: NDArray[np.float32]) -> NDArray[np.int64]:
    near = nearest(live, question, depth=FOUND)
    order = np.argsort(-similarities(live, question, places=near), kind="stable")
    return near[order[:FOUND]]
