"""Does what comes now look like what was usual? Asked again and again, at a known rate of alarms.

A reference of a few dozen values tells its own rates badly, and a test that takes them for true
pages sooner or later although nothing changed. So nothing is estimated here: if nothing changed,
the reference and all that came later could have come in any order, and the rank of each newest
value among all of them is uniform, whatever their distribution. Betting against that is fair, at
any time and for any size of the reference.

V. Vovk, I. Nouretdinov and A. Gammerman (2021), Conformal testing in a binary model situation, and
V. Vovk and others (2021), Retrain or not retrain: conformal test martingales for change-point
detection, COPA, PMLR 152, 191-210; gamblers that start at every round as in ``shiryaev_roberts``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from holdfast.errors import StatisticsError
from holdfast.statistics import require

__all__ = ["Exchangeability"]

POWERS = (0.25, 0.5, 0.75)
"""Bets ``k p^(k - 1)`` on ranks that are smaller than they should be: values stranger than ever."""
EDGES = (0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Bins of ranks for the gambler who bets on those that came lately, wherever they lie."""
PRIOR, MEMORY = 4.0, 0.96
"""Ranks that he believes to have seen before any, and what one more leaves of the others."""
LARGEST, OVERFLOW = 600.0, 1e300
DIGITS = 2
"""Decimals of a strangeness that count, so that the values seen are few."""


@dataclass(frozen=True, slots=True)
class Exchangeability:
    """Evidence that the values now are stranger than those before, or less strange.

    A value is a strangeness: any number that a fixed rule gives, larger for what is more unusual.
    The rule must not be made of the values that are counted here. If rounds are exchangeable the
    mean number of rounds until ``value`` reaches ``1/alpha`` is at least ``1/alpha``.

    Args:
        seen: how often each strangeness was seen so far.
        capital: what the gamblers of each power own, then the one with a memory.
        lately: ranks by bin, the older the less they count.

    >>> import random
    >>> draw = random.Random(0).random
    >>> usual = Exchangeability.of([0.0] * 36 + [1.0] * 4)
    >>> for _ in range(50):
    ...     values, draws = [float(draw() < 0.1) for _ in range(5)], [draw() for _ in range(5)]
    ...     usual = usual.update(values, draws=draws)
    >>> usual.value < 1_000
    True
    >>> for _ in range(3):
    ...     usual = usual.update([2.0] * 5, draws=[draw() for _ in range(5)])
    >>> usual.value > 100_000
    True
    """

    seen: Mapping[str, int] = field(default_factory=dict)
    capital: tuple[float, ...] = (0.0,) * (len(POWERS) + 1)
    lately: tuple[float, ...] = (0.0,) * (len(EDGES) - 1)

    @classmethod
    def of(cls, reference: Sequence[float]) -> Exchangeability:
        """From values of when all was well. Raises ``StatisticsError`` for none, or NaN."""
        require.sample(reference, "reference")
        seen: dict[str, int] = {}
        for value in reference:
            seen[_key(value)] = seen.get(_key(value), 0) + 1
        return cls(seen)

    def p_value(self, strangeness: float, *, draw: float) -> float:
        """Share of all values, this one among them, that are stranger; ``draw`` breaks ties.

        Uniform in (0, 1] when ``draw`` is, and this value and those seen are exchangeable.
        """
        key = _key(strangeness)
        mine = float(key)
        stranger = sum(n for other, n in self.seen.items() if float(other) > mine)
        same = self.seen.get(key, 0) + 1
        return (stranger + max(draw, 1e-12) * same) / (sum(self.seen.values()) + 1)

    def update(self, round_: Sequence[float], *, draws: Sequence[float]) -> Exchangeability:
        """After one more round of values; one uniform draw in [0, 1) for each of them.

        Raises ``StatisticsError`` for a value that is not finite, or another number of draws.
        """
        if len(round_) != len(draws):
            raise StatisticsError(f"{len(draws)} draws for {len(round_)} values; pass one for each")
        if not round_:
            return self
        require.sample(round_, "round")
        seen, lately = dict(self.seen), self.lately
        bets = [0.0] * len(self.capital)
        for value, draw in zip(round_, draws, strict=True):
            p = Exchangeability(seen).p_value(value, draw=draw)
            seen[_key(value)] = seen.get(_key(value), 0) + 1
            won, lately = _bet(p, lately)
            bets = [bet + gain for bet, gain in zip(bets, won, strict=True)]
        capital = tuple(
            min((owned + 1) * math.exp(min(bet, LARGEST)), OVERFLOW)
            for owned, bet in zip(self.capital, bets, strict=True)
        )
        return Exchangeability(seen, capital, lately)

    @property
    def value(self) -> float:
        """What all gamblers own: reaches ``r`` no sooner than after r rounds, on average."""
        *powers, memory = self.capital
        return (sum(powers) / len(powers) + memory) / 2


def _bet(p: float, lately: tuple[float, ...]) -> tuple[list[float], tuple[float, ...]]:
    """What a rank does to each gambler, as logarithms of factors, and the memory with it."""
    widths = [high - low for low, high in pairwise(EDGES)]
    place = min(bisect_left(EDGES, p), len(EDGES) - 1) - 1
    believed = (lately[place] + PRIOR * widths[place]) / (sum(lately) + PRIOR)
    won = [math.log(power) + (power - 1) * math.log(p) for power in POWERS]
    kept = [MEMORY * count for count in lately]
    kept[place] += 1
    return [*won, math.log(believed / widths[place])], tuple(kept)


def _key(value: float) -> str:
    return f"{round(float(value), DIGITS) + 0.0:g}"
