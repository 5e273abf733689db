"""Conversations of a canary that were counted, kept so that nobody has to count them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import pyarrow as pa

from holdfast.domain.erasure import STORE as ERASURES
from holdfast.domain.rollout import Arm, Canary
from holdfast.observation.columns import key
from holdfast.observation.rollup.shelf import Shelf
from holdfast.ports.ledger import Ledger, Query

_SCHEMA = pa.schema(
    [
        ("name", pa.int64()),
        ("arm", pa.string()),
        ("good", pa.float64()),
        ("decisions", pa.int64()),
        ("seconds", pa.float64()),
        ("cost", pa.float64()),
    ]
)
_TICK, _STATE = b"tick", b"state"
ENOUGH = 100
"""Conversations that were counted since, from which it is worth keeping them."""
PREFIX = "canary-"


class Counted(NamedTuple):
    """A conversation that was counted; ``name`` is a number for its name."""

    name: int
    arm: Arm
    good: float
    """Share of its answers that were good."""
    decisions: int
    seconds: float
    cost: float


class Tallied:
    """The counted conversations of one canary on one timeline, and up to where they were read.

    They hold as long as the ledger up to there is the same and nothing was erased since.
    """

    def __init__(self, ledger: Ledger, shelf: Shelf, *, canary: Canary, timeline: int) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._name = f"{PREFIX}{key(f'{canary.id} {timeline} {canary.terms}') % (1 << 64):016x}"
        self._kept = 0

    def load(self) -> tuple[int, list[Counted]]:
        """Up to which tick everything was read that is not in an open conversation; the counted."""
        table = self._shelf.get(self._name)
        about = {} if table is None else table.schema.metadata or {}
        tick = int(about.get(_TICK, b"0"))
        if table is None or not tick or about.get(_STATE) != self._state(tick):
            return 0, []
        rows = zip(*(table[name].to_pylist() for name in _SCHEMA.names), strict=True)
        found = [Counted(row[0], cast(Arm, row[1]), *row[2:]) for row in rows]
        self._kept = len(found)
        return tick, found

    def save(self, tick: int, counted: Sequence[Counted]) -> None:
        """Keep them, if there are enough new ones."""
        if tick <= 0 or len(counted) - self._kept < ENOUGH:
            return
        about = {_TICK: str(tick).encode(), _STATE: self._state(tick)}
        columns = [list(column) for column in zip(*counted, strict=True)]
        self._shelf.put(self._name, pa.table(columns, schema=_SCHEMA.with_metadata(about)))
        self._kept = len(counted)

    def _state(self, tick: int) -> bytes:
        query = Query(after=tick - 1, until=tick, limit=1)
        sealed = next((commit.hash for commit, _ in self._ledger.history(query)), "")
        erased = Query(store=ERASURES, prefix="@", newest_first=True, limit=1)
        last = next((commit.tick for commit, _ in self._ledger.history(erased)), 0)
        return f"{sealed}/{last}".encode()
