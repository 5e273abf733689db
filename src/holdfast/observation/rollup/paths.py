"""Under which path each document has been live, read on from where it was read last."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pyarrow as pa

from holdfast.observation.rollup.shelf import Shelf
from holdfast.ports.ledger import Ledger, Query

NAME = "paths"
_SCHEMA = pa.schema([("document", pa.string()), ("path", pa.string())])
_TICK, _STATE = b"tick", b"state"
ENOUGH = 500
"""New paths from which they are worth keeping."""


class Paths:
    """The newest path of every document's digest, over all timelines."""

    def __init__(self, ledger: Ledger, shelf: Shelf) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._lock = threading.Lock()
        self._state = ""
        self._tick = 0
        self._kept = 0
        self._known: dict[str, str] = {}

    def all(self, *, until: int, erased: str) -> Mapping[str, str]:
        """Paths by digest as of a tick; ``erased`` names all that was erased by then."""
        with self._lock:
            if self._state != erased or until < self._tick:
                self._load(erased, until=until)
            query = Query(store="documents", after=self._tick, until=until)
            for _, entry in self._ledger.history(query):
                if entry.value is not None:
                    self._known[entry.value["document"]] = entry.key
            self._tick = until
            if len(self._known) - self._kept >= ENOUGH:
                self._save()
            return dict(self._known)

    def _load(self, erased: str, *, until: int) -> None:
        self._state, self._tick, self._known = erased, 0, {}
        kept = self._shelf.get(NAME)
        about = {} if kept is None else kept.schema.metadata or {}
        tick = int(about.get(_TICK, b"0"))
        if kept is not None and tick <= until and about.get(_STATE) == self._sealed(tick):
            columns = [kept[name].to_pylist() for name in _SCHEMA.names]
            self._known = dict(zip(*columns, strict=True))
            self._tick = tick
        self._kept = len(self._known)

    def _save(self) -> None:
        about = {_TICK: str(self._tick).encode(), _STATE: self._sealed(self._tick)}
        columns = [list(self._known), list(self._known.values())]
        self._shelf.put(NAME, pa.table(columns, schema=_SCHEMA.with_metadata(about)))
        self._kept = len(self._known)

    def _sealed(self, tick: int) -> bytes:
        """The ledger up to a tick, and what was erased in it."""
        query = Query(after=tick - 1, until=tick, limit=1)
        found = next((commit.hash for commit, _ in self._ledger.history(query)), "")
        return f"{found}/{self._state}".encode()
