from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from holdfast.adapters.clock import SystemClock

BERLIN = ZoneInfo("Europe/Berlin")


class Noon(SystemClock):
    """Noon in Berlin on Monday, 2 November 2026."""

    def now(self) -> int:
        return microseconds(datetime(2026, 11, 2, 11, tzinfo=UTC))


def microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def parsed(phrase: str) -> str | None:
    found = Noon(BERLIN).parse(phrase)
    if found is None:
        return None
    return datetime.fromtimestamp(found / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def test_now_is_microseconds() -> None:
    before = time.time()
    assert before - 1 < SystemClock().now() / 1e6 < time.time() + 1


@pytest.mark.parametrize(
    ("phrase", "utc"),
    [
        ("2026-11-01", "2026-10-31 23:00:00"),
        ("2026-11-01 14:00", "2026-11-01 13:00:00"),
        ("2026-07-01T14:00:05", "2026-07-01 12:00:05"),
        ("2026-07-01T14:00Z", "2026-07-01 14:00:00"),
        ("2026-07-01T14:00:00.5+05:30", "2026-07-01 08:30:00"),
        ("2 hours ago", "2026-11-02 09:00:00"),
        ("an hour ago", "2026-11-02 10:00:00"),
        ("90 min ago", "2026-11-02 09:30:00"),
        ("30s ago", "2026-11-02 10:59:30"),
        ("2h", "2026-11-02 09:00:00"),
        ("yesterday", "2026-11-01 11:00:00"),
        ("yesterday 14:00", "2026-11-01 13:00:00"),
        ("3 days ago at 10:00", "2026-10-30 09:00:00"),
        ("last week", "2026-10-26 11:00:00"),
        ("March 3 2026", "2026-03-02 23:00:00"),
        ("now", "2026-11-02 11:00:00"),
        (" NOW ", "2026-11-02 11:00:00"),
    ],
)
def test_times(phrase: str, utc: str) -> None:
    assert parsed(phrase) == utc


def test_hours_ago_are_hours_that_went_by() -> None:
    # Clocks were put back on 25 October at 3:00.
    assert parsed("200 hours ago") == "2026-10-25 03:00:00"


@pytest.mark.parametrize(
    "phrase",
    [
        *("", "head", "staging", "may", "sun", "march", "monday", "v2", "v1.2", "12", "1234"),
        *("2026", "10:30", "abc123", "d-018bcfe56800", "before-poison", "release 3", "1e5"),
        *("2026-13-01", "2026-01-05 x", "2026-01-05 25:00", "ago", "tomorrow never"),
    ],
)
def test_names_are_no_times(phrase: str) -> None:
    assert parsed(phrase) is None


def test_without_a_zone_it_is_the_machines_own() -> None:
    script = (
        "from holdfast.adapters.clock import SystemClock; "
        "print(SystemClock().parse('2026-07-01 14:00'), SystemClock().parse('1 July 2026'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    afternoon = microseconds(datetime(2026, 7, 1, 18, tzinfo=UTC))
    midnight = microseconds(datetime(2026, 7, 1, 4, tzinfo=UTC))
    assert result.stdout.split() == [str(afternoon), str(midnight)]


def test_timestamps_need_no_slow_import() -> None:
    script = (
        "import sys; from holdfast.adapters.clock import SystemClock; "
        "SystemClock().parse('2026-07-01 14:00'); SystemClock().parse('2 hours ago'); "
        "SystemClock().parse('before-poison'); print('dateparser' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
