"""Keeps a clean-up away from what is stored but not referred to yet."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Latch(Protocol):
    """Held by many who store, or by one who collects; threads and processes alike.

    Whoever ends while holding it lets go.
    """

    def storing(self) -> AbstractContextManager[None]:
        """Hold it from before something is stored until the ledger refers to it."""
        ...

    def collecting(self) -> AbstractContextManager[None]:
        """Hold it alone, from before looking for what nothing refers to until it is gone."""
        ...
