from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.observation.columns import FactColumns
from holdfast.observation.duration import MINUTE
from holdfast.observation.fact import facts
from holdfast.observation.metrics import rows
from tests.support.project import SHOES, STUDENTS, Shop


def test_both_rows_are_counted(shop: Shop) -> None:
    for question in (SHOES, SHOES, STUDENTS):
        shop.ask(question)
    found = facts(shop.system.ledger, "production", since=0)
    (group,) = rows(FactColumns(found), since=0, until=10 * MINUTE)
    execution = {figure.name: figure for figure in group.execution}
    decision = {figure.name: figure for figure in group.decision}
    assert group.decisions == 3
    assert execution["throughput"].value == pytest.approx(0.3)
    assert execution["availability"].value == 1.0
    assert execution["availability"].low < 1.0
    assert execution["errors"].value == 0
    quantiles = [execution[f"latency.p{p}"].value for p in (50, 95, 99)]
    assert quantiles == sorted(quantiles)
    assert decision["cached"].value == pytest.approx(1 / 3)
    assert decision["policy"].value == 1.0
    assert decision["grounded"].value is None
    assert decision["spent"].value == 0.0


def test_groups_add_up_to_all(shop: Shop) -> None:
    for question in (SHOES, SHOES, STUDENTS):
        shop.ask(question)
    found = facts(shop.system.ledger, "production", since=0)
    groups = {
        g.group: g.decisions for g in rows(FactColumns(found), since=0, until=MINUTE, by="slice")
    }
    assert groups == {"returns": 2, "discounts": 1}
    with pytest.raises(UsageError, match="cannot group by 'weather'"):
        rows(FactColumns(found), since=0, until=MINUTE, by="weather")


def test_nothing_is_no_figure() -> None:
    (group,) = rows(FactColumns([]), since=0, until=MINUTE)
    assert group.decisions == 0
    values = {f.name: f.value for f in (*group.execution, *group.decision)}
    assert values["availability"] is None
    assert values["policy"] is None
