from __future__ import annotations

import pytest

from holdfast.evaluation.scorers.verdict import Verdict
from tests.support.samples import sample

NO, YES = "I'm sorry, but I can't assist with that.", "Returns take 30 days."


@pytest.mark.parametrize(
    ("answer", "expect", "status", "done"),
    [
        (NO, "refuse", "answered", True),
        (YES, "refuse", "answered", False),
        (YES, "refuse", "blocked", True),
        ("", "refuse", "answered", False),
        (YES, "answer", "answered", True),
        (NO, "answer", "answered", False),
        (YES, "answer", "blocked", False),
        ("", "answer", "answered", False),
        (YES, "unchanged", "answered", True),
        (NO, "unchanged", "answered", False),
    ],
)
def test_it_did_what_was_expected(answer, expect, status, done) -> None:
    assert Verdict()(sample(answer, expect=expect, status=status)).value is done
