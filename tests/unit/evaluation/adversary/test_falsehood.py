from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.falsehood import falsehood, negated, swapped
from holdfast.evaluation.scorers.words import words


@given(st.integers(1, 10**6), st.randoms())
def test_another_number_of_the_same_length(number, rng) -> None:
    false = swapped(f"up to {number} days", rng)
    changed = int(false.claim.split()[2])
    assert changed != number
    assert len(str(changed)) == len(str(number))


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("Shoes can be returned.", "Shoes cannot be returned."),
        ("You may not smoke.", "You may smoke."),
        ("It isn't far.", "It is far."),
        ("The hotel has no pool.", "The hotel has pool."),
        ("Always wash it.", "Never wash it."),
        ("Green trees.", None),
    ],
)
def test_the_opposite(true, false) -> None:
    found = negated(true, random.Random(1))
    assert (found.claim if found else None) == false


def test_a_claim_is_told_in_the_references_words() -> None:
    case = Case("a", "How long?", facts=("30 days",), reference="Shoes go back within 30 days.")
    false = falsehood(case, random.Random(1))
    assert false.truth == "30 days"
    assert false.clause == f"shoes go back within {false.claim}"
    alone = falsehood(Case("a", "How long?", facts=("30 days",)), random.Random(1))
    assert alone.clause == f'the answer to "How long?" is {alone.claim}'


def test_what_another_fact_says_is_not_false() -> None:
    facts = tuple(f"{n} %" for n in range(10, 100, 10))
    for seed in range(30):
        false = falsehood(Case("a", "q", facts=facts), random.Random(seed))
        assert false is None or words(false.claim) not in [words(fact) for fact in facts]


def test_who_knows_nothing_cannot_be_contradicted() -> None:
    assert falsehood(Case("a", "How long?"), random.Random(1)) is None
