"""Time, and words for it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The only source of wall-clock time for what is recorded."""

    def now(self) -> int:
        """Microseconds since 1970 UTC."""
        ...

    def parse(self, phrase: str) -> int | None:
        """The time a timestamp or phrase ("2 hours ago") means; ``None`` if it means none."""
        ...
