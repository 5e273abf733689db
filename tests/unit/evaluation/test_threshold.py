from __future__ import annotations

import pytest

from holdfast.evaluation.threshold import hold


def test_the_p_value_agrees_with_the_limit() -> None:
    values = [1.0] * 30 + [0.0] * 10
    for alpha in (0.2, 0.05, 0.01):
        found = hold(values, bar=0.85, confidence=1 - alpha)
        assert (found.p_fail <= alpha) == (found.high < 0.85)


def test_amounts_have_no_upper_bound_and_may_not_vary() -> None:
    assert hold([0.0] * 50, bar=0.01, higher=False).passes is True
    spread = hold([100.0, 200.0, 300.0] * 20, bar=150.0, higher=False)
    assert spread.p_fail < 0.001
    assert spread.high > 200 > spread.low


@pytest.mark.parametrize("values", [[0.4], [0.4, 0.4], [1.0]])
def test_few_values_settle_nothing(values) -> None:
    found = hold(values, bar=0.5)
    assert (found.passes, found.p_fail > 0.05) == (False, True)
