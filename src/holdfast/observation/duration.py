"""Lengths of time as people write them: ``30m``, ``6h``, ``28d``, ``4 weeks``."""

from __future__ import annotations

import re

from holdfast.errors import UsageError

SECOND = 1_000_000
"""Microseconds, the unit of time on the ledger."""
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
NAMES = ("second", "minute", "hour", "day", "week")
_WRITTEN = re.compile(rf"(\d{{1,6}})\s*(?:([smhdw])|({'|'.join(NAMES)})s?)")


def duration(text: str) -> int:
    """Microseconds of a written duration. Raises ``UsageError``.

    >>> duration("5m") // MINUTE, duration("4 weeks") // DAY
    (5, 28)
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"{text!r} is no duration; write 30s, 5m, 6h, 28d or 4 weeks")
    return int(found[1]) * UNITS[found[2] or found[3][0]]


def written(length: int) -> str:
    """A duration in its largest whole unit.

    >>> written(90 * MINUTE), written(3 * DAY)
    ('90m', '3d')
    """
    for unit, size in sorted(UNITS.items(), key=lambda pair: -pair[1]):
        if unit != "w" and length % size == 0:
            return f"{length // size}{unit}"
    return f"{length / SECOND:.1f}s"
