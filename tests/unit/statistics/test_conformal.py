from __future__ import annotations

import random

import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.conformal import Exchangeability

RATES = (0.7, 0.2, 0.1)
ROUND = 5


class Source:
    """Draws labels, and tells their strangeness by a third of a baseline of sixty."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        looked = [self.label() for _ in range(20)]
        self._shares = {label: looked.count(label) / 20 for label in looked}
        self.usual = Exchangeability.of([self.strangeness() for _ in range(40)])

    def label(self, rates: tuple[float, ...] = RATES) -> int:
        return self._random.choices(range(len(rates)), rates)[0]

    def strangeness(self, rates: tuple[float, ...] = RATES) -> float:
        return 1 - self._shares.get(self.label(rates), 0.0)

    def round(self, rates: tuple[float, ...] = RATES) -> None:
        values = [self.strangeness(rates) for _ in range(ROUND)]
        draws = [self._random.random() for _ in values]
        self.usual = self.usual.update(values, draws=draws)


def first(source: Source, rounds: int, *, rates: tuple[float, ...], threshold: float) -> int:
    """Rounds until the threshold is reached; more than there are when it is not."""
    for number in range(1, rounds + 1):
        source.round(rates)
        if source.usual.value >= threshold:
            return number
    return rounds + 1


def test_ranks_are_uniform_whatever_the_distribution() -> None:
    random_ = random.Random(3)
    ranks = []
    for seed in range(400):
        source = Source(seed)
        ranks.append(source.usual.p_value(source.strangeness(), draw=random_.random()))
    for share in (0.05, 0.2, 0.5, 0.8):
        assert abs(sum(rank <= share for rank in ranks) / 400 - share) < 0.07


def test_alarms_without_a_change_come_no_sooner_than_promised() -> None:
    """20,000 rounds at a mean of 1,000 rounds at least between alarms: 20 at most are expected."""
    alarms = sum(
        first(Source(seed), 200, rates=RATES, threshold=1_000) <= 200 for seed in range(100)
    )
    assert alarms <= 20


@pytest.mark.parametrize(
    ("rates", "rounds"),
    [((0.0, 0.0, 0.0, 1.0), 6), ((0.35, 0.1, 0.05, 0.5), 25), ((0.2, 0.7, 0.1), 40)],
)
def test_a_change_is_noticed(rates: tuple[float, ...], rounds: int) -> None:
    late = 0
    for seed in range(10):
        source = Source(seed)
        for _ in range(40):
            source.round()
        late += first(source, rounds, rates=rates, threshold=100_000) > rounds
    assert late <= 1


def test_nothing_is_learned_of_nothing() -> None:
    usual = Exchangeability.of([0.0, 1.0])
    assert usual.update([], draws=[]) == usual


def test_bad_values_are_refused() -> None:
    with pytest.raises(StatisticsError, match="reference"):
        Exchangeability.of([])
    with pytest.raises(StatisticsError, match="round has nan"):
        Exchangeability.of([0.0]).update([float("nan")], draws=[0.5])
    with pytest.raises(StatisticsError, match="1 draws for 2 values"):
        Exchangeability.of([0.0]).update([0.0, 1.0], draws=[0.5])
