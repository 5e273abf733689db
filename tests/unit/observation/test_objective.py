from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.observation.columns import FactColumns
from holdfast.observation.duration import DAY, MINUTE, SECOND
from holdfast.observation.measure import measure
from holdfast.observation.objective import Indicator, Objective, standing, tally
from holdfast.observation.openslo import parse
from tests.support.fact import FACT
from tests.support.slo import POLICY, SOON

(PROMISES,) = parse({"p.yaml": POLICY})
NOW = 40 * DAY


def said(n: int, bad: int, *, every: int = SECOND, end: int = NOW):
    """``n`` decisions before ``end``, the first of them bad."""
    return [
        replace(FACT, at=end - (n - i) * every, broken=("discount-limit",) if i < bad else ())
        for i in range(n)
    ]


def test_the_budget_is_what_so_many_decisions_allow() -> None:
    found = standing(PROMISES, FactColumns(said(1000, 50)), now=NOW)
    assert (found.n, found.good, found.state) == (1000, 950, "met")
    assert found.budget == pytest.approx(100)
    assert found.left == pytest.approx(0.5)
    assert found.rate.low < 0.95 < found.rate.high


def test_decisions_before_the_window_are_forgiven() -> None:
    old = said(1000, 1000, end=NOW - 30 * DAY)
    assert standing(PROMISES, FactColumns([*old, *said(10, 0)]), now=NOW).left == 1.0


def test_a_burning_objective_says_so_and_when_it_is_spent() -> None:
    calm = said(20_000, 0, every=MINUTE, end=NOW - 5 * MINUTE)
    found = standing(PROMISES, FactColumns([*calm, *said(200, 200)]), now=NOW)
    assert found.state == "burning"
    assert {burn.window.severity for burn in found.firing} >= {"page"}
    assert 0 < found.left < 1
    assert found.exhausted_in > 0


def test_a_spent_budget_stays_spent_when_the_fire_is_out() -> None:
    found = standing(
        PROMISES, FactColumns([*said(100, 100, end=NOW - 20 * DAY), *said(50, 0)]), now=NOW
    )
    assert (found.state, found.left < 0) == ("spent", True)


def test_no_decisions_are_no_data() -> None:
    found = standing(PROMISES, FactColumns([]), now=NOW)
    assert (found.state, found.left, found.rate) == ("no data", 1.0, None)


def test_only_the_decisions_that_are_meant_count() -> None:
    slow = Indicator(measure("latency"), "lte", 0.1, where={"slice": "shipping"})
    assert slow.good(FACT) is None
    assert slow.good(replace(FACT, slice="shipping")) is False
    assert Indicator(measure("cached"), bad=True).good(FACT) is True


def test_a_time_slice_is_as_good_as_its_decisions() -> None:
    soon, _ = parse({"s.yaml": SOON})
    assert isinstance(soon, Objective)
    facts = [
        replace(FACT, at=minute * MINUTE + i * SECOND, latency={"total": 9.0 if slow else 0.1})
        for minute, bad in ((0, 0), (1, 1), (2, 5))
        for i in range(10)
        for slow in (i < bad,)
    ]
    counted = tally(soon, FactColumns(facts))
    assert list(counted.times) == [60.0, 120.0, 180.0]
    assert counted.between(0, 200) == (1, 3)
