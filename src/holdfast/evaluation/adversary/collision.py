"""A passage that is true of somebody else."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.falsehood import falsehood
from holdfast.evaluation.adversary.variant import UNCHANGED, Variant

OTHERS = (
    "Northwind Traders",
    "the Lakeside branch",
    "our partner in Lyon",
    "Acme Retail",
)
FORMS = (
    "Terms of {other}. {question} At {other}, {claim}.",
    "This page is about {other} only: there, {claim}.",
    "{question} For customers of {other}, {claim}; elsewhere other terms apply.",
)


def collision(case: Case, rng: random.Random) -> Variant | None:
    """The same question beside a passage with the same words about another party."""
    false = falsehood(case, rng)
    if false is None:
        return None
    passage = rng.choice(FORMS).format(
        other=rng.choice(OTHERS), question=case.question, claim=false.clause
    )
    return Variant(case.question, UNCHANGED, context=(passage,), forbidden=(false.claim,))
