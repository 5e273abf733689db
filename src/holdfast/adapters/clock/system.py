"""Wall-clock time, and what timestamps and phrases mean by it."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_AGO = re.compile(r"(?i)(\d{1,9}|an?)\s*(s|m|h)(?:ecs?|econds?|ins?|inutes?|rs?|ours?)?\s+ago")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_PHRASE = re.compile(r"(?i)\d|\b(now|today|yesterday|last|an?)\b")
"""dateparser finds a date in many a word; a name must not become a time."""


class SystemClock:
    """The machine's clock.

    Phrases are English and look back: "2 hours ago", "yesterday 14:00", "March 3 2026".
    Timestamps are ISO 8601. A time without an offset is in ``zone``, the machine's own unless
    told another.

    >>> SystemClock().parse("1970-01-01T00:00:01Z")
    1000000
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone

    def now(self) -> int:
        return time.time_ns() // 1000

    def parse(self, phrase: str) -> int | None:
        text = phrase.strip()
        if ago := _AGO.fullmatch(text):
            # Counted in elapsed time, also where clocks were put forward or back in between.
            count = int(ago[1]) if ago[1].isdigit() else 1
            return self.now() - count * (_UNITS[ago[2].lower()] // _MICROSECOND)
        if _ISO.fullmatch(text):
            found = _timestamp(text)
        elif _PHRASE.search(text):
            found = self._phrase(text)
        else:
            found = None
        return None if found is None else self._microseconds(found)

    def _phrase(self, text: str) -> datetime | None:
        # Takes half a second to import, and only phrases need it.
        import dateparser

        now = datetime.fromtimestamp(self.now() / 1e6, tz=self._zone or UTC)
        base = now if self._zone else now.astimezone()
        found: datetime | None = dateparser.parse(
            text,
            languages=["en"],
            settings={
                "PREFER_DATES_FROM": "past",
                "RELATIVE_BASE": base.replace(tzinfo=None),
                "STRICT_PARSING": True,
                "PARSERS": ["relative-time", "absolute-time"],
            },
        )
        return found

    def _microseconds(self, found: datetime) -> int:
        if found.tzinfo is None:
            found = found.replace(tzinfo=self._zone) if self._zone else found.astimezone()
        return (found - _EPOCH) // _MICROSECOND


def _timestamp(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
