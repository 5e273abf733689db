"""Looking at a cut as if some of its events had not happened; nothing is written for it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from holdfast.domain.moment import Cut, EventId


class Masks(Protocol):
    """What a recovery would leave, what an answer would be without a passage: read before done."""

    def masked(self, cut: Cut, hidden: Collection[EventId]) -> AbstractContextManager[Cut]:
        """A cut that shows what ``cut`` shows without the ``hidden`` events.

        It is read like any other (ledger, timelines, search) as long as the context is open, in
        this process only, and nobody can write to it: its timeline is one that was never stored,
        with a number below 0. Raises ``MomentError`` when ``cut`` is not one.
        """
        ...
