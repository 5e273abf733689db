from __future__ import annotations

from holdfast.evaluation.scorers.tokens import Tokens
from tests.support.samples import sample


def test_counts() -> None:
    one = sample(input_tokens=7, output_tokens=3)
    assert [Tokens(count=c)(one).value for c in ("total", "input", "output")] == [10.0, 7.0, 3.0]
    assert Tokens()(sample()).value is None
