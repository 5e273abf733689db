from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import UsageError
from holdfast.observation.columns import FactColumns
from holdfast.observation.duration import DAY, HOUR
from holdfast.observation.objective import Objective, indicator
from holdfast.observation.series import MOST, Point, series
from tests.support.fact import FACT

POLICY = Objective("policy", "shop", "", 0.9, 28 * DAY, indicator("policy"))


def at(time: int, **more: object) -> object:
    return replace(FACT, at=time, **more)  # type: ignore[arg-type]


def test_decisions_are_counted_in_their_hours() -> None:
    said = [
        at(HOUR),
        at(2 * HOUR - 1, broken=("rule",)),
        at(4 * HOUR),
        at(5 * HOUR, status="failed"),
    ]
    found = series(POLICY, FactColumns(said), since=HOUR, until=5 * HOUR, by="hour")
    assert found.points == (
        Point(HOUR, 1, 2, 0.5),
        Point(2 * HOUR, 0, 0, None),
        Point(3 * HOUR, 0, 0, None),
        Point(4 * HOUR, 1, 1, 1.0),
        Point(5 * HOUR, 0, 0, None),
    )
    assert (found.name, found.target) == ("policy", 0.9)
    (day,) = series(POLICY, FactColumns(said), since=HOUR, until=5 * HOUR, by="day").points
    assert day == Point(0, 2, 3, 2 / 3)


def test_a_decision_of_before_is_in_no_hour() -> None:
    found = series(POLICY, FactColumns([at(0)]), since=HOUR, until=HOUR, by="hour")
    assert found.points == (Point(HOUR, 0, 0, None),)


def test_other_steps_and_too_many_points_are_refused() -> None:
    with pytest.raises(UsageError, match="by 'week'; use hour or day"):
        series(POLICY, FactColumns([]), since=0, until=HOUR, by="week")
    with pytest.raises(UsageError, match="too many"):
        series(POLICY, FactColumns([]), since=0, until=MOST * HOUR, by="hour")
