from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import SettingsError, UsageError
from holdfast.observation.measure import MEASURES
from holdfast.observation.tally import good, measures
from tests.support.fact import FACT

BY = measures(("availability", "policy", "resolved", "grounded", "wrong-hit"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"status": "failed"}, False),
        ({"broken": ("pii",)}, False),
        ({"refused": True}, False),
        ({"outcome": "escalated"}, False),
        ({"scores": {"grounding": 0.5}}, False),
        ({"scores": {"grounding": 1.0}}, True),
        ({"cached": True, "feedback": "down"}, False),
        ({"cached": False, "feedback": "down"}, True),
    ],
)
def test_a_decision_is_good_unless_a_measure_says_otherwise(change, expected) -> None:
    assert good(replace(FACT, **change), BY) is expected


def test_only_what_is_yes_or_no_can_judge() -> None:
    for name in ("latency", "cost", "length"):
        with pytest.raises(SettingsError, match="yes or no"):
            measures((name,))
    with pytest.raises(UsageError, match="no measure"):
        measures(("beauty",))
    assert measures(("policy",)) == (MEASURES["policy"],)
