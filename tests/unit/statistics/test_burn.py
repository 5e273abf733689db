from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.burn import (
    DAY,
    HOUR,
    TABLE,
    YEAR,
    Tally,
    burn,
    burns,
    least,
    limit,
    risk,
)

FAST, SLOW, TICKET = TABLE


def steady(n: int, bad: int, *, over: float, end: float = DAY) -> Tally:
    """``n`` events over the last seconds, the bad ones spread among them."""
    times = np.linspace(end - over + 1, end, n)
    wrong = np.zeros(n)
    wrong[np.linspace(0, n - 1, bad).astype(int)] = 1
    return Tally(times, bad=wrong)


@given(st.floats(0.01, 0.9999), st.floats(0.1, 100))
def test_a_limit_can_be_reached_and_is_never_above_the_plain_one(target, times) -> None:
    share = limit(times, target=target)
    assert 0 < share < 1
    if times > 1:
        assert share <= times * (1 - target) * (1 + 1e-9)


def test_for_strict_targets_it_is_the_workbooks() -> None:
    assert limit(14.4, target=0.999) == pytest.approx(0.0144, rel=0.02)
    assert limit(1.0, target=0.8) == pytest.approx(0.2)


@pytest.mark.parametrize("target", [0.5, 0.8, 0.9, 0.99, 0.999])
def test_when_all_is_bad_it_fires_whatever_the_target(target) -> None:
    assert burn(steady(1000, 1000, over=HOUR), FAST, target=target, now=DAY).fires


@pytest.mark.parametrize("target", [0.5, 0.8, 0.9, 0.99])
def test_when_the_promise_is_just_met_it_does_not(target) -> None:
    met = steady(1000, round(1000 * (1 - target)), over=HOUR)
    assert not any(burn(met, window, target=target, now=DAY).fires for window in TABLE)


def test_one_failure_at_low_traffic_pages_nobody() -> None:
    one = Tally([DAY - 60.0], bad=[1])
    found = burn(one, FAST, target=0.99, now=DAY)
    assert found.rate == pytest.approx(100)
    assert not found.fires
    assert burn(Tally([DAY - 60.0] * 3, bad=[1] * 3), FAST, target=0.99, now=DAY).fires


def test_at_low_traffic_the_windows_widen_until_they_can_convict() -> None:
    # One question in two hours: an hour never holds two.
    times = DAY * 3 - 7200.0 * np.arange(20)[::-1]
    found = burn(Tally(times, bad=np.ones(20)), FAST, target=0.9, now=3 * DAY)
    assert found.fires
    assert found.n == least(target=0.9, level=risk(FAST))
    assert found.start < 3 * DAY - FAST.long


def test_it_ends_soon_after_the_trouble_does() -> None:
    bad = np.linspace(1, 1800, 600)
    good = np.linspace(1801, 3600, 600)
    tally = Tally(np.concatenate([bad, good]), bad=[1] * 600 + [0] * 600)
    assert burn(tally, FAST, target=0.9, now=1800.0).fires
    assert not burn(tally, FAST, target=0.9, now=2400.0).fires


def test_no_events_are_no_news() -> None:
    nothing = burn(Tally([], bad=[]), FAST, target=0.9, now=DAY)
    assert (nothing.fires, nothing.n, nothing.p_value) == (False, 0, 1.0)


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.booleans()), max_size=40),
    st.floats(0, 1e4), st.integers(1, 10),
)  # fmt: skip
def test_a_window_reaches_back_to_hold_so_many_events(events, end, wanted) -> None:
    events.sort()
    tally = Tally([at for at, _ in events], bad=[bad for _, bad in events])
    (start,) = tally.reach(np.array([end]), events=wanted)
    before = sum(at <= end for at, _ in events)
    if before < wanted:
        assert start == -np.inf
    else:
        assert tally.between(start, end)[1] >= wanted


def test_many_times_at_once_are_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    tally = Tally(np.sort(rng.uniform(0, DAY, 500)), bad=rng.random(500) < 0.4)
    now = np.linspace(HOUR, DAY, 50)
    together = burns(tally, SLOW, target=0.8, now=now).fires
    assert list(together) == [burn(tally, SLOW, target=0.8, now=t).fires for t in now]


def test_a_year_at_the_edge_of_the_promise_pages_at_most_rarely() -> None:
    rng = np.random.default_rng(1)
    now = np.arange(60.0, YEAR / 4, 60.0)
    n = rng.poisson(100 / 1440, len(now))
    tally = Tally(now, bad=rng.binomial(n, 0.01), n=n)
    pages = now[burns(tally, FAST, target=0.99, now=now).fires]
    assert np.sum(np.diff(pages) > HOUR) + bool(len(pages)) <= 1
    alone = tally.count(now - HOUR, now)
    assert np.sum((alone[0] > 0) & (alone[0] >= 0.144 * alone[1])) > 100


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(StatisticsError, match="go back"):
        Tally([2.0, 1.0], bad=[0, 0])
    with pytest.raises(StatisticsError, match="target"):
        limit(1.0, target=1.0)
