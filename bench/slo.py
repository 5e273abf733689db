"""Alerts on error budgets by simulation: how soon they page, and how often without a reason.

Beside them the plain table of the SRE workbook, on the same minutes of traffic.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from table import show

from holdfast.statistics.burn import DAY, HOUR, PAGE, TABLE, YEAR, Tally, Window, burns, limit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MINUTE = 60.0
TARGETS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
TRAFFIC = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
WARM, PATIENCE = 3 * DAY, 3 * DAY
PAGES = tuple(window for window in TABLE if window.severity == PAGE)


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer incidents, shorter calm")
    quick = options.parse_args().quick
    detection(5 if quick else 40)
    calm(0.05 if quick else 3.0)


def detection(incidents: int) -> None:
    """Median minutes from the beginning of an incident to the page."""
    rows = []
    for target in TARGETS:
        for traffic in TRAFFIC:
            row: list[object] = [f"{target:.1%}", f"{traffic:,}"]
            for share in (1.0, limit(20.0, target=target)):
                ours, plain = zip(
                    *(_delays(target, traffic, share, seed) for seed in range(incidents)),
                    strict=True,
                )
                row += [_said(ours), _said(plain)]
            rows.append(row)
    show(
        "Minutes from the beginning of an incident to the page (median)",
        inputs=f"{incidents} incidents each, at half the budget before; 'never' within 3 days",
        columns=("target", "a day", "all bad", "plain table", "20x odds", "plain table"),
        rows=rows,
    )


def calm(years: float) -> None:
    """Pages a year while the objective is met."""
    rows = []
    for target in TARGETS:
        for traffic in TRAFFIC:
            row: list[object] = [f"{target:.1%}", f"{traffic:,}"]
            for share in (0.5, 1.0):
                rng = np.random.default_rng(int(traffic * target))
                now = np.arange(MINUTE, years * YEAR, MINUTE)
                tally = _traffic(rng, now, traffic, np.full(len(now), share * (1 - target)))
                row += [
                    round(_episodes(now[fires(tally, now, target)]) / years, 1)
                    for fires in (_ours, _plain)
                ]
            rows.append(row)
    show(
        "False pages a year, while bad answers take half of the budget, and exactly all of it",
        inputs=f"{years:g} years each, looked at every minute; pages within an hour are one",
        columns=("target", "a day", "half", "plain table", "all", "plain table"),
        rows=rows,
    )


def _delays(target: float, traffic: int, share: float, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng((seed, traffic, int(target * 1000), int(share * 1000)))
    begin = WARM + rng.uniform(0, HOUR)
    now = np.arange(MINUTE, WARM + HOUR + PATIENCE, MINUTE)
    rates = np.where(now > begin, share, 0.5 * (1 - target))
    tally = _traffic(rng, now, traffic, rates)
    looked = now[now > begin]
    found = []
    for fires in (_ours, _plain):
        pages = looked[fires(tally, looked, target)]
        found.append(float(pages[0] - begin) / MINUTE if len(pages) else np.inf)
    return found[0], found[1]


def _traffic(rng: np.random.Generator, now: Floats, traffic: int, rates: Floats) -> Tally:
    n = rng.poisson(traffic / (DAY / MINUTE), len(now))
    return Tally(now, bad=rng.binomial(n, rates), n=n)


def _ours(tally: Tally, now: Floats, target: float) -> Bools:
    found = [burns(tally, window, target=target, now=now).fires for window in PAGES]
    return np.logical_or.reduce(found)


def _plain(tally: Tally, now: Floats, target: float) -> Bools:
    """The workbook's table as it stands: shares of the budget, no test, no widening."""

    def one(window: Window) -> Bools:
        share = window.burn * (1 - target)
        sides = [tally.count(now - length, now) for length in (window.long, window.short)]
        over: list[Bools] = [(n > 0) & (bad >= share * n) for bad, n in sides]
        return np.logical_and.reduce(over)

    return np.logical_or.reduce([one(window) for window in PAGES])


def _episodes(pages: Floats) -> int:
    """Pages that are further apart than an hour."""
    return int(len(pages) > 0) + int(np.sum(np.diff(pages) > HOUR))


def _said(delays: tuple[float, ...]) -> str:
    median = float(np.median(delays))
    return f"{median:,.1f}" if np.isfinite(median) else "never"


if __name__ == "__main__":
    main()
