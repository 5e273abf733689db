"""Reading everything at one cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain.event import Entry
from holdfast.domain.moment import Cut
from holdfast.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class View:
    """The whole state as of one cut.

    A request makes one and reads everything through it, so that it never sees a mixture of
    before and after.
    """

    ledger: Ledger
    cut: Cut

    def get(self, store: str, key: str) -> Entry | None:
        """The live entry of a key, ``None`` if it is absent."""
        return self.ledger.read([(store, key)], self.cut)[0]

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Entry | None]:
        """The live entries of (store, key) pairs, in their order."""
        return self.ledger.read(keys, self.cut)

    def scan(self, store: str, prefix: str = "", *, limit: int | None = None) -> list[Entry]:
        """The live entries of a store whose keys start with ``prefix``, by key."""
        return self.ledger.scan(store, self.cut, prefix=prefix, limit=limit)

    def recent(self, store: str, prefix: str, *, count: int) -> list[Entry]:
        """Of what ``scan`` finds, the ``count`` entries written last, oldest first."""
        return self.ledger.recent(store, self.cut, prefix=prefix, count=count)
