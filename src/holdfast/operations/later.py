"""Times to come, as people write them."""

from __future__ import annotations

from holdfast.errors import UsageError
from holdfast.observation.duration import duration
from holdfast.ports.clock import Clock


def later(text: str, *, clock: Clock) -> int:
    """A time to come, in microseconds since 1970 UTC: a timestamp, or a duration from now.

    Raises ``UsageError`` for what is no time, or is past.
    """
    now = clock.now()
    try:
        return now + duration(text)
    except UsageError:
        found = clock.parse(text)
    if found is None:
        raise UsageError(
            f"{text!r} is no time; write a timestamp (2026-03-01T09:00), or from now on 30m, 6h, 2d"
        )
    if found <= now:
        raise UsageError(f"{text!r} is past; name a time to come")
    return found
