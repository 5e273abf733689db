from __future__ import annotations

from datetime import UTC, datetime

import pytest

from holdfast.adapters.memory.clock import SettableClock

HOUR = 3600 * 1_000_000


def test_it_stands_still_until_told() -> None:
    clock = SettableClock()
    start = clock.now()
    assert clock.now() == start
    clock.advance(hours=1, microseconds=1)
    assert clock.now() == start + HOUR + 1
    clock.set(datetime(1970, 1, 1, 1, tzinfo=UTC))
    assert clock.now() == HOUR


@pytest.mark.parametrize(
    ("phrase", "at"),
    [
        ("1 hour ago", 1),
        ("60 minutes ago", 1),
        ("1970-01-01 01:30", 1.5),
        ("1970-01-01T01:00:00+01:00", 0),
        ("staging", None),
        ("12", None),
    ],
)
def test_it_knows_a_few_phrases(phrase: str, at: float | None) -> None:
    clock = SettableClock(datetime(1970, 1, 1, 2, tzinfo=UTC))
    found = clock.parse(phrase)
    assert found == (None if at is None else at * HOUR)
