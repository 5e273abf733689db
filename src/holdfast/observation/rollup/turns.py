"""What one turn of a conversation says of the one before, worked out once for each two."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa

from holdfast.observation.columns import key
from holdfast.observation.outcome import follows
from holdfast.observation.rollup.block import turns
from holdfast.observation.rollup.shelf import Shelf
from holdfast.ports.ledger import Ledger

NAME = "turns"
ENOUGH = 50
"""New pairs from which they are worth keeping."""
_SCHEMA = pa.schema([("one", pa.int64()), ("other", pa.int64()), ("follows", pa.string())])


class Pair(NamedTuple):
    """Two turns that follow each other: their keys, and their events' numbers."""

    one: int
    other: int
    one_event: int
    other_event: int


class Turns:
    """Pairs of turns that no block holds together. A pair's word never changes.

    Decisions are named by their ids, which no other ledger has.
    """

    def __init__(self, ledger: Ledger, shelf: Shelf) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._lock = threading.Lock()
        self._known: dict[tuple[int, int], str] | None = None
        self._kept = 0

    def follow(self, pairs: Iterable[Pair]) -> Mapping[tuple[int, int], str]:
        """By keys: what the second of each pair says of the first; empty where a text is gone."""
        with self._lock:
            known = self._load()
            new = [pair for pair in pairs if (pair.one, pair.other) not in known]
            for pair in new:
                known[pair.one, pair.other] = self._read(pair)
            if len(known) - self._kept >= ENOUGH:
                self._save(known)
            return known.copy()

    def forget(self, decisions: Iterable[str]) -> None:
        """Remove every pair of which one is such a decision. Raises ``OSError``."""
        gone = {key(name) for name in decisions}
        with self._lock:
            self._known = {
                pair: said for pair, said in self._load().items() if gone.isdisjoint(pair)
            }
            self._shelf.remove(NAME)
            self._save(self._known)

    def _load(self) -> dict[tuple[int, int], str]:
        if self._known is None:
            kept = self._shelf.get(NAME)
            columns = [] if kept is None else [kept[name].to_pylist() for name in _SCHEMA.names]
            rows = zip(*columns, strict=True)
            self._known = {(one, other): said for one, other, said in rows}
            self._kept = len(self._known)
        return self._known

    def _read(self, pair: Pair) -> str:
        for one in turns(self._ledger, pair.one_event):
            for other in turns(self._ledger, pair.other_event):
                if one.told and other.told:
                    return follows(one.question, other.question)
        return ""

    def _save(self, known: Mapping[tuple[int, int], str]) -> None:
        names = list(known)
        columns = [[one for one, _ in names], [other for _, other in names], list(known.values())]
        self._shelf.put(NAME, pa.table(columns, schema=_SCHEMA))
        self._kept = len(known)
