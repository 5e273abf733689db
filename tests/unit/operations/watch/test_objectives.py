from __future__ import annotations

import pytest

from holdfast.errors import NotFoundError, UsageError
from holdfast.operations.watch.objectives import Objectives
from tests.support.project import SHOES, Shop
from tests.support.slo import POLICY

LIMIT = """[[rules]]
id = "days"
kind = "numeric_limit"
terms = ["return", "returned"]
unit = "days"
max = 20
action = "flag"
"""


@pytest.fixture
def promised(shop: Shop) -> Objectives:
    """A shop that must not speak of more than 20 days, and does."""
    (shop.root / "policies.toml").write_text(LIMIT)
    shop.project.deploy(reason="a rule")
    (shop.root / "slos" / "answers.yaml").write_text(POLICY)
    return Objectives(shop.system)


def test_answers_that_break_a_rule_burn_the_budget(shop: Shop, promised: Objectives) -> None:
    before = shop.tick
    for _ in range(12):
        shop.ask(SHOES)
    (found,) = promised.reports()
    assert (found.n, found.good, found.state) == (12, 0, "burning")
    assert {burn.window.severity for burn in found.firing} == {"page", "ticket"}
    (then,) = promised.reports(at=f"@{before}")
    assert (then.n, then.state) == (0, "no data")


def test_an_objective_that_is_not_there_is_named(promised: Objectives) -> None:
    with pytest.raises(NotFoundError, match="no objective 'speed'; there are promises"):
        promised.reports("speed")
    assert "slo:objective:ratio" in promised.export("promises")


def test_a_series_tells_how_an_objective_did_by_the_hour(shop: Shop, promised: Objectives) -> None:
    shop.ask(SHOES)
    shop.parts.clock.advance(hours=1)
    shop.ask(SHOES)
    (found,) = promised.series(since="2h")
    assert sum(point.n for point in found.points) == 2
    assert [point.good for point in found.points if point.n] == [0, 0]
    with pytest.raises(UsageError, match="by 'week'"):
        promised.series(by="week")
