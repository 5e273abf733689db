from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.numeric import Numeric
from tests.support.samples import sample


@pytest.mark.parametrize(
    ("options", "answer", "reference", "value"),
    [
        ({}, "You have 30 days.", "30 days", True),
        ({}, "You have thirty-one days.", "30 days", False),
        ({}, "In 2024 you had 30 days", "30 days", True),
        ({}, "It is 30", "30 days", True),
        ({"unit": "days"}, "It costs 30 euros within 14 days.", "30 days", False),
        ({"unit": "EUR"}, "About \u20ac1,010", "1000 euros", False),
        ({"unit": "EUR", "relative": 0.02}, "About \u20ac1,010", "1000 euros", True),
        ({"absolute": 0.5}, "9.5 kg", "9.9 kg", True),
        ({"only": True}, "10 % or 90 %", "10 %", False),
        ({}, "10 % or 90 %", "10 %", True),
        ({}, "no number", "10 %", False),
        ({}, "2 million people", "2,000,000 people", True),
        ({}, "anything", "no number", None),
    ],
)
def test_a_number_near_its_unit(options, answer, reference, value) -> None:
    assert Numeric(**options)(sample(answer, reference=reference)).value is value


def test_the_case_may_say_the_number() -> None:
    one = sample("It is 90 %", metadata={"number": 90}, reference="10 %")
    score = Numeric(unit="%")(one)
    assert score.value is True
    assert score.detail == {"expected": 90.0, "unit": "%", "found": [90.0]}
