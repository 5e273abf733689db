"""Erasing values of the ledger, so that the rest of it still verifies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from holdfast.domain.digest import Json
from holdfast.domain.event import Change, Commit
from holdfast.domain.moment import EventId


class Eraser(Protocol):
    """Replaces values for good; a ledger's other methods read what remains from then on."""

    def erase(self, change: Change, *, remains: Mapping[EventId, Json]) -> Commit:
        """Append a change and replace the values of earlier events, in one durable transaction.

        The change marks each event of ``remains`` (``domain.erasure.marked``). Raises
        ``UsageError`` when it does not, for an event that there is not, or of a store that is
        never erased; ``FencedError`` and ``ConflictError`` as ``Ledger.commit`` does.
        """
        ...

    def scrub(self) -> None:
        """Write the files anew, so that no byte of a replaced value is left in them.

        Takes as long as the ledger is large; others wait to write meanwhile. Raises
        ``StorageError`` when it could not be done (somebody else reads, the disk is full): try
        again.
        """
        ...
