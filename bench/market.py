"""A simulated housing market: sales whose prices follow a hedonic model and the mortgage rate.

``log price = qualities + season - slope (rate - usual rate) + noise``: every quality of a house has
its price (S. Rosen 1974, Journal of Political Economy 82, 34-55), and a mortgage that costs more
lets buyers pay less (about 5 % for a percentage point). In constant money: calm years are calm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YEARS, WEEKS, SALES = 11, 52, 60
SHOCK = YEARS * WEEKS
"""The week in which rates begin to rise, after two years of training, one of reference, 8 calm."""
AFTER = 40
LOW, HIGH, RISE = 2.65, 5.81, 20
"""Per cent before and after, and the weeks in between."""
SLOPE, NOISE = 0.05, 0.08


@dataclass(frozen=True)
class Market:
    """Sales in the order of time; ``rate`` is what a mortgage cost that week, in per cent."""

    week: NDArray[np.int64]
    area: Floats
    rooms: Floats
    age: Floats
    distance: Floats
    price: Floats
    rate: Floats

    def matrix(self) -> Floats:
        """What a valuation model sees: the house and the season, not the rate."""
        season = self.week % WEEKS
        turn = 2 * np.pi * season / WEEKS
        houses = [np.log(self.area), self.rooms, self.age, self.distance]
        return np.column_stack([*houses, np.sin(turn), np.cos(turn)])

    def part(self, first: int, last: int | None) -> Market:
        """Sales from a week up to another, not included."""
        rows = (self.week >= first) & (self.week < (1 << 40 if last is None else last))
        return Market(**{name: values[rows] for name, values in vars(self).items()})


def made(seed: int) -> Market:
    """All sales of eleven calm years and the forty weeks after the shock began."""
    rng = np.random.default_rng(seed)
    weeks = SHOCK + AFTER
    wander = np.zeros(weeks)
    for week in range(1, weeks):
        wander[week] = 0.97 * wander[week - 1] + rng.normal(0, 0.02)
    rate = LOW + wander + (HIGH - LOW) * np.clip((np.arange(weeks) - SHOCK) / RISE, 0, 1)
    sales = rng.poisson(SALES * (1 + 0.2 * np.sin(2 * np.pi * np.arange(weeks) / WEEKS)))
    week = np.repeat(np.arange(weeks), sales)
    n = len(week)
    area = rng.lognormal(4.6, 0.35, n)
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.8, n)), 1, 9)
    age, distance = rng.gamma(2.0, 18.0, n), rng.gamma(2.0, 4.0, n)
    season = 0.02 * np.sin(2 * np.pi * (week % WEEKS) / WEEKS)
    worth = 9.2 + 0.8 * np.log(area) + 0.03 * rooms - 0.003 * age - 0.02 * distance + season
    price = np.exp(worth - SLOPE * (rate[week] - LOW) + rng.normal(0, NOISE, n))
    return Market(week, area, rooms, age, distance, price, rate[week])
