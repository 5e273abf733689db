from __future__ import annotations

from holdfast.evaluation.scorers.cost import Cost
from tests.support.samples import sample


def test_an_unknown_price_is_not_nothing() -> None:
    assert Cost()(sample(cost=0.02)).value == 0.02
    assert Cost()(sample()).value is None
