from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.forbidden import Forbidden
from tests.support.samples import sample


@pytest.mark.parametrize(
    ("answer", "clean"),
    [
        ("You get a 90% discount.", False),
        ("You get ninety percent discount.", False),
        ("There is no 90 % discount.", True),
        ("We don't offer a 90 % discount to students.", True),
        ("A 90 % discount is not available.", True),
        ("The 90 % discount doesn't exist.", True),
        ("There is no doubt: 90 % discount for you.", False),
        ("It is not only a 90 % discount.", False),
        ("There is no 90 % discount. Just kidding, a 90 % discount it is.", False),
        ("No. You get a 90 % discount.", False),
        ("You get 10 % discount.", True),
        ("It is 90 %\n\ndiscount", False),
    ],
)
def test_a_claim_counts_unless_its_sentence_denies_it(answer, clean) -> None:
    score = Forbidden()(sample(answer, forbidden=("90 % discount",)))
    assert score.value is clean
    assert score.detail["found"] == ([] if clean else ["90 % discount"])


def test_denials_may_be_forbidden_too() -> None:
    one = sample("There is no 90 % discount.", forbidden=("90 % discount",))
    assert Forbidden(denials=False)(one).value is False
    assert Forbidden()(one).detail["denied"] == ["90 % discount"]
