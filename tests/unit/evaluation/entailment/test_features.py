from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.evaluation.entailment.features import NAMES, features


def said(claim: str, evidence: str) -> dict[str, float]:
    return dict(zip(NAMES, features(claim, evidence), strict=True))


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_feature_is_a_share(claim, evidence) -> None:
    assert all(0 <= value <= 1 for value in features(claim, evidence))


def test_what_is_said_word_for_word_has_everything() -> None:
    text = "Ann Baker paid 30 euros in May."
    assert features(text, text) == (1.0, 1.0, 0.0, 1.0, 0.0, 0.0)


def test_beyond_enough_more_common_words_say_nothing() -> None:
    claim = "Red hats are sold by every shop."
    assert said(claim, "Hats.")["terms"] < said(claim, "Red hats sold.")["terms"] == 1.0


@pytest.mark.parametrize(
    ("claim", "evidence", "name"),
    [
        ("It takes 60 days.", "It takes 30 days.", "strange number"),
        ("It takes sixty days.", "It takes thirty days.", "strange number"),
        ("Ask for Ann Miller.", "Ask for Ann Baker.", "strange name"),
        ("It is not open.", "It is open.", "denied"),
    ],
)
def test_what_is_changed_shows(claim, evidence, name) -> None:
    assert said(claim, evidence)[name] == 1.0
    assert said(evidence, evidence)[name] == 0.0


def test_numbers_and_names_count_however_they_are_written() -> None:
    assert said("It costs 1,250 euros.", "It costs \u20ac1250.00.")["strange number"] == 0.0
    assert said("We met Ann's friends.", "Ann has friends.")["strange name"] == 0.0
