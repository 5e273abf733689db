from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import StateError
from holdfast.observation.drift.columns import tabulate
from holdfast.observation.drift.fitted import Fitted, fit
from holdfast.observation.drift.monitor import Monitor, parse
from holdfast.observation.drift.season import find, phase
from holdfast.observation.drift.seen import Found
from holdfast.observation.drift.threshold import thresholds
from holdfast.observation.drift.watched import Judged, Watched
from holdfast.observation.duration import DAY, HOUR
from tests.support.seen import embed, seen

WATCH = ("retrieval.document", "latency")
MONDAY = 4 * DAY
"""The fifth of January 1970."""


def traffic(days: int, *, after: int = 0, seed: int = 0, shifted: bool = False) -> list:
    """Forty decisions a day, most of gifts at weekends and of orders else; nights are quick."""
    rng = np.random.default_rng([seed, after])
    found = []
    for day in range(after, after + days):
        for n in range(40):
            hour = n * 24 // 40
            gifts = 0.8 if day % 7 >= 5 else 0.5 if shifted else 0.1
            path = "gifts.md" if rng.random() < gifts else "orders.md"
            slow = float(rng.gamma(4)) * (1 if hour < 6 else 3)
            row = seen(len(found), latency={"total": slow})
            fact = replace(row.fact, decision=f"d{day}-{n}", at=MONDAY + day * DAY + hour * HOUR)
            found.append(replace(row, fact=fact, found=(Found("c", path, 0.5, 3.0),)))
    return found


def monitor(season: str, window: int = 40) -> Monitor:
    return Monitor(name="all", watch=WATCH, window=window, reference=1000, season=season)


def fitted(rows, season: str) -> Fitted:
    return fit(monitor(season), rows, embed=embed, embedder="e", source="made up")


def judged(usual: Fitted, rows, season: str) -> Judged:
    known = traffic(28)
    table = tabulate(known, WATCH, topics={}, embed=embed)
    phases = [usual.phase(row) for row in known]
    found, _ = thresholds(usual, table, monitor=monitor(season), phases=phases)
    watched = Watched(usual, found, monitor=monitor(season), embed=embed)
    watched.feed(rows)
    return watched.judge()


@pytest.fixture(scope="module")
def weekly() -> Fitted:
    return fitted(traffic(28), "week")


def test_a_season_is_found(weekly: Fitted) -> None:
    assert fitted(traffic(28), "auto").to_bytes() != weekly.to_bytes()  # another definition
    assert fitted(traffic(28), "auto").season == "week"
    assert len(weekly.phases) == 28
    assert fitted(traffic(5), "auto").season == "day"
    assert fitted(traffic(28), "none").phases == {}


def test_without_a_season_none_is_found() -> None:
    rng = np.random.default_rng(0)
    times = [day * DAY + hour * HOUR for day in range(28) for hour in range(24)]
    assert find({"a": rng.integers(4, size=len(times))}, times) == "none"
    assert find({}, times) == "none"
    assert find({"a": np.zeros(len(times), dtype=np.int64)}, times) == "none"


def test_a_weekend_is_calm_and_a_shift_is_not(weekly: Fitted) -> None:
    weekend = [row for row in traffic(7, after=28, seed=1) if phase(row.fact.at, "week")[0] == "S"]
    calm = judged(weekly, weekend, "week")
    assert not any(one.over for one in calm.findings)
    moved = judged(weekly, traffic(5, after=28, seed=2, shifted=True), "week")
    assert {one.signal for one in moved.findings if one.over} == {"retrieval.document"}
    assert next(one for one in moved.findings if one.over).e_value > 1_000
    naive = judged(fitted(traffic(28), "none"), weekend, "none")
    assert next(o for o in naive.findings if o.signal == "retrieval.document").effect > 0.4


def test_what_the_reference_lacks_is_named_and_the_rest_is_judged() -> None:
    usual = fitted([row for row in traffic(28) if phase(row.fact.at, "week")[:3] != "Sun"], "week")
    rows = traffic(7, after=28, seed=3)
    # Ten of the window's forty decisions are of a Sunday.
    found = judged(usual, [*rows[:30], *rows[-10:]], "week")
    assert {one.signal for one in found.findings} == set(WATCH)
    (told,) = [issue.text for issue in found.issues if issue.code == "season"]
    assert "for Sun 18-24 UTC (10) of the 40 decisions" in told
    alone = judged(usual, rows[-40:], "week")
    assert alone.findings == ()
    assert [issue.code for issue in alone.issues] == ["season"]


def test_a_reference_that_shows_no_phase_twice_is_refused() -> None:
    with pytest.raises(StateError, match=r"same part of a week.*of 7 days, stand alone"):
        fitted(traffic(7), "week")


def test_a_reference_that_is_too_short_to_know_weekends_says_so_when_something_moved() -> None:
    rows = traffic(3)
    watched = Watched(fitted(rows, "auto"), {}, monitor=monitor("auto"), embed=embed)
    weekend = [row for row in traffic(7, after=28, seed=1) if phase(row.fact.at, "week")[0] == "S"]
    watched.feed(traffic(1, after=28, seed=3))
    assert [issue.code for issue in watched.judge().issues] == []
    watched.feed(weekend)
    (issue,) = [one for one in watched.judge().issues if one.code == "short"]
    assert (
        "the reference is of 3 dates, too few to tell nights and weekends from drift" in issue.text
    )


def test_seasons_survive_being_stored(weekly: Fitted) -> None:
    again = Fitted.from_bytes(weekly.to_bytes())
    assert again.to_bytes() == weekly.to_bytes()
    assert (again.season, again.phases.keys()) == ("week", weekly.phases.keys())


def test_a_season_is_part_of_the_definition() -> None:
    assert len({monitor(one).digest for one in ("auto", "none", "day", "week", "year")}) == 5
    text = 'season = "day"\n[[monitors]]\nname = "a"\nwatch = ["latency"]'
    assert parse(text).monitors[0].season == "day"
