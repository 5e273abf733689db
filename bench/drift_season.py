"""Weekends and nights are no drift: false alarms on seasonal traffic, and a real shift found.

Six weeks of an application that is asked other things at weekends and at night are what is usual.
What comes next has not changed, or has from its first day on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import Pool

import numpy as np
from numpy.typing import NDArray
from table import show

from holdfast.observation.drift.columns import tabulate
from holdfast.observation.drift.decide import decide
from holdfast.observation.drift.fitted import fit
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.seen import Found, Seen
from holdfast.observation.drift.threshold import thresholds
from holdfast.observation.drift.watched import Watched
from holdfast.observation.duration import DAY, HOUR
from holdfast.observation.fact import Fact

WEEKS, A_DAY, WINDOW = 6, 60, 60
CALM = 4
"""Weeks that are judged where nothing changed; one where it did."""
RATE = 0.05
SIGNALS = ("latency", "retrieval.document")
PATHS = ("orders.md", "returns.md", "gifts.md", "tickets.md", "outages.md")
BY_DAY = (0.45, 0.3, 0.1, 0.1, 0.05)
AT_NIGHT = (0.2, 0.15, 0.1, 0.15, 0.4)
AT_WEEKENDS = (0.1, 0.15, 0.55, 0.15, 0.05)
MOVED = (0.3, 0.15, 0.1, 0.4, 0.05)
"""What is asked on weekdays once tickets are a topic."""
FACT = Fact(
    decision="", at=0, environment="production", session="", question="", status="answered",
    error_code="", release="", prompt="", model="", fingerprint="", cached=False, complete=True,
    truncated=False, latency={}, input_tokens=0, cached_tokens=0, output_tokens=0, cost=None,
    broken=(), length=0, refused=False, similarity=0.0, passages=1, documents=(), slice="",
)  # fmt: skip
Floats = NDArray[np.float64]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a tenth of the runs")
    runs = 10 if options.parse_args().quick else 100
    rows: list[list[object]] = []
    with Pool(2) as pool:
        for season in ("none", "auto", "week"):
            for moved in (False, True):
                found = pool.map(partial(run, season=season, moved=moved), range(runs))
                rows.append([season, "a shift" if moved else "none", *summed(found)])
    show(
        "Seasonal traffic: windows that are alarms, one after the other",
        inputs=f"{runs} runs; {WEEKS} weeks of reference, {A_DAY} decisions a day, windows of "
        f"{WINDOW} at {RATE:.0%}; the shift: 30 % of what is asked on weekdays and by day is new",
        columns=(
            "season", "change", "latency %", "document %", "document at weekends %",
            "moved by the end %",
        ),
        rows=rows,
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Of each window of a run: alarms by signal, and whether it began at a weekend."""

    alarms: tuple[tuple[bool, ...], ...]
    weekend: tuple[bool, ...]
    moved: bool


def summed(found: Sequence[Told]) -> list[float]:
    alarms = np.array([one for told in found for one in told.alarms])
    weekend = np.array([one for told in found for one in told.weekend])
    shares = [*alarms.mean(axis=0), alarms[weekend, 1].mean()]
    return [100 * float(share) for share in (*shares, np.mean([told.moved for told in found]))]


def run(seed: int, *, season: str, moved: bool) -> Told:
    """A reference, its thresholds, and the windows of the week after it."""
    rng = np.random.default_rng(seed)
    rows = traffic(rng, days=7 * WEEKS)
    monitor = Monitor(
        name="all", watch=SIGNALS, window=WINDOW, reference=len(rows), alarm_rate=RATE, floor=0.0,
        season=season,
    )  # fmt: skip
    usual = fit(monitor, rows, embed=nothing, embedder="", source="")
    known, _ = thresholds(
        usual,
        tabulate(rows, SIGNALS, topics={}, embed=nothing),
        monitor=monitor,
        phases=[usual.phase(row) for row in rows],
    )
    watched = Watched(usual, known, monitor=monitor, embed=nothing)
    later = traffic(rng, days=7 * (1 if moved else CALM), after=7 * WEEKS, moved=moved)
    alarms, weekend = [], []
    fed = 0
    # Windows that begin at all hours of the day.
    for start in range(0, len(later) - WINDOW + 1, 50):
        watched.feed(later[fed : start + WINDOW])
        fed = start + WINDOW
        over = {one.signal: one.over for one in watched.judge().findings if one.aspect == "values"}
        alarms.append(tuple(over.get(name, False) for name in SIGNALS))
        weekend.append((later[start].fact.at // DAY - 4) % 7 >= 5)
    told = decide([watched.judge()], false_discoveries=0.05)
    return Told(tuple(alarms), tuple(weekend), any(one.state == "moved" for one in told))


def traffic(
    rng: np.random.Generator, *, days: int, after: int = 0, moved: bool = False
) -> list[Seen]:
    """Decisions of some days; few are asked at night, half as many at weekends."""
    found: list[Seen] = []
    for day in range(after, after + days):
        weekend = day % 7 >= 5
        count = int(rng.poisson(A_DAY // 2 if weekend else A_DAY))
        busy = np.array([1.0] * 6 + [4.0] * 18)
        hours = np.sort(rng.choice(24, size=count, p=busy / busy.sum()))
        for hour in hours.tolist():
            night = hour < 6
            mix = AT_WEEKENDS if weekend else AT_NIGHT if night else MOVED if moved else BY_DAY
            path = PATHS[int(rng.choice(len(PATHS), p=mix))]
            slow = 1.0 if night else 1.6
            latency = float(rng.gamma(4.0) * slow * (1.3 if moved and not weekend else 1.0))
            # The fifth of January 1970 was a Monday.
            at = (day + 4) * DAY + hour * HOUR
            fact = replace(FACT, decision=f"d{len(found)}", at=at, latency={"total": latency})
            found.append(Seen(len(found), fact, "Yes.", (Found("c", path, 0.5, 1.0),)))
    return found


def nothing(texts: Sequence[str]) -> Floats:
    """No text is looked at."""
    return np.empty((len(texts), 1))


if __name__ == "__main__":
    main()
