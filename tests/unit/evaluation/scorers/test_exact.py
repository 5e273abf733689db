from __future__ import annotations

from holdfast.evaluation.scorers.exact import Exact
from tests.support.samples import sample


def test_writing_makes_no_difference_unless_strict() -> None:
    one = sample("It costs 1,000 EUR", reference="it costs \u20ac1000.")
    assert Exact()(one).value is True
    assert Exact(strict=True)(one).value is False
    assert Exact()(sample("It costs 100 EUR", reference="it costs 1000 EUR")).value is False
