from __future__ import annotations

import pytest

from holdfast.pipeline.guard.phrase import ForbiddenPhrase, RequiredPhrase
from holdfast.privacy.fold import fold


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("We guarantee profit.", True),
        ("GUARANTEE\n  PROFIT", True),
        ("guar\u200bantee profit", True),
        ("guarantee profits", False),
        ("guarantee no profit", False),
        ("A+ rating", True),
        ("A rating", False),
    ],
)
def test_a_forbidden_phrase_is_found_as_whole_words(text: str, *, met: bool) -> None:
    assert any(ForbiddenPhrase(("guarantee profit", "a+ rating")).find(fold(text))) == met


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("This is no advice.", False),
        ("Ask a Doctor first.", False),
        ("Take two pills.", True),
        ("Take two pills and ask a doctor.", False),
        ("Stay at home.", False),
    ],
)
def test_a_required_phrase_is_missed_only_when_it_matters(text: str, *, met: bool) -> None:
    rule = RequiredPhrase(("ask a doctor", "this is no advice"), when=("pill", "dose"))
    assert any(rule.find(fold(text))) == met


def test_without_a_condition_it_is_always_required() -> None:
    rule = RequiredPhrase(("regards",))
    assert any(rule.find(fold("Hello.")))
    assert not any(rule.find(fold("Regards, us")))
    assert rule.absent
