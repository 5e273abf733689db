from __future__ import annotations

import pytest

from holdfast.pipeline.guard.limit import NumericLimit
from holdfast.privacy.fold import fold

LIMIT = NumericLimit(("discount", "money off"), unit="%", largest=30)


def met(text: str, limit: NumericLimit = LIMIT) -> list[str]:
    folded = fold(text)
    return [folded.text[match.start : match.end] for match in limit.find(folded)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A discount of 90 %!", ["90 %"]),
        ("90% DISCOUNTS", ["90%"]),
        ("Discounted by ninety percent", ["ninety percent"]),
        ("Get money  off: 31%", ["31%"]),
        ("9\u200b0% discount", ["90%"]),
        ("A discount of 30 %", []),
        ("A discount of 0.9", []),
        ("Some 90% of all answers", []),
        ("There is a discount. Of all people 90% use it.", []),
        ("Discounts:\n\n- gold: 90%\n- silver: 95%", ["90%", "95%"]),
        ("| plan | discount |\n|---|---|\n| gold | 90% |", ["90%"]),
        ("rediscount 90%", []),
    ],
)
def test_a_number_counts_in_the_sentence_of_a_term(text: str, found: list[str]) -> None:
    assert met(text) == found


def test_a_window_narrows_the_sentence() -> None:
    near = NumericLimit(("discount",), unit="%", largest=30, window=12)
    assert met("a discount of 90%", near) == ["90%"]
    assert met("a discount that as many as 90% of people like", near) == []
    assert met("90% of all is the discount", near) == []


def test_the_finding_says_what_is_too_much() -> None:
    (match,) = LIMIT.find(fold("discount 95.5 %"))
    assert match.detail == "95.5 % is more than 30"
