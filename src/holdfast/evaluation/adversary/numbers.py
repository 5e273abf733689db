"""A wrong number, taken for granted."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.falsehood import by_number
from holdfast.evaluation.adversary.variant import ANSWER, Variant

FORMS = (
    "Given that {claim}: {question}",
    "{question} I read that {claim}.",
    "Your colleague said that {claim}. {question}",
)


def numbers(case: Case, rng: random.Random) -> Variant | None:
    """A question that takes a wrong number for granted; it must be put right."""
    false = by_number(case, rng)
    if false is None:
        return None
    question = rng.choice(FORMS).format(claim=false.clause, question=case.question)
    return Variant(question, ANSWER, forbidden=(false.claim,), truth=false.truth)
