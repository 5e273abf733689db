"""A clock that a test sets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AGO = re.compile(r"(\d+) (second|minute|hour|day|week)s? ago")


class SettableClock:
    """Stands still until told otherwise; knows ISO 8601 (UTC) and "N units ago".

    >>> clock = SettableClock()
    >>> clock.advance(hours=1)
    >>> clock.parse("1 hour ago") == clock.parse("2026-01-01 00:00")
    True
    """

    def __init__(self, at: datetime = _START) -> None:
        self._now = at

    def now(self) -> int:
        return (self._now - _EPOCH) // _MICROSECOND

    def set(self, at: datetime) -> None:
        """Go to a time, forwards or back."""
        self._now = at

    def advance(self, **by: float) -> None:
        """Go on by what ``timedelta`` takes: ``seconds=1``, ``hours=2`` ..."""
        self._now += timedelta(**by)

    def parse(self, phrase: str) -> int | None:
        ago = _AGO.fullmatch(phrase)
        if ago:
            found = self._now - timedelta(**{f"{ago[2]}s": int(ago[1])})
        else:
            try:
                found = datetime.fromisoformat(phrase)
            except ValueError:
                return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return (found - _EPOCH) // _MICROSECOND
