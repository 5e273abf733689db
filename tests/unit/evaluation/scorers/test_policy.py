from __future__ import annotations

from holdfast.evaluation.scorers.policy import Judged, Policy
from holdfast.evaluation.scorers.scorer import address
from tests.support.samples import sample


def test_what_is_broken_is_named() -> None:
    rules = Judged(lambda one: ["no discounts"] if "%" in one.output.answer else [], "shop")
    policy = Policy(rules)
    assert policy(sample("10 %")).detail == {"broken": ["no discounts"]}
    assert policy(sample("10 %")).value is False
    assert policy(sample("none")).value is True
    assert address(policy) != address(Policy(Judged(rules.function, "shop", version=2)))
