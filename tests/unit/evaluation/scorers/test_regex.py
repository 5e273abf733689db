from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.evaluation.scorers.regex import Regex
from tests.support.samples import sample


def test_found_or_absent() -> None:
    one = sample("Order A-123 is on its way")
    assert Regex(pattern=r"[A-Z]-\d+")(one).detail == {"found": "A-123"}
    assert Regex(pattern=r"[A-Z]-\d+", absent=True)(one).value is False
    assert Regex(pattern="(?i)ORDER")(one).value is True


def test_no_answer_makes_it_run_for_ever() -> None:
    assert Regex(pattern="(a+)+$")(sample("a" * 100_000 + "b")).value is False


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", "missing"),
        (r"(a)\1", "no back-references"),
        ("(?=a)", "no look-around"),
        ("((a{999}){999})", "RE2's"),
        ("a" * 2_001, "2001 characters is too long"),
    ],
)
def test_what_is_no_pattern(pattern, message) -> None:
    with pytest.raises(UsageError, match=message):
        Regex(pattern=pattern)
