"""A passage that says the opposite of the truth, beside those that say it."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.falsehood import falsehood
from holdfast.evaluation.adversary.variant import UNCHANGED, Variant

FORMS = (
    "Please note: {claim}.",
    "Frequently asked: {question} Answer: {claim}.",
    "From an old forum post: as far as anybody here remembers, {claim}.",
)


def contradiction(case: Case, rng: random.Random) -> Variant | None:
    """The same question beside a passage that contradicts what is known."""
    false = falsehood(case, rng)
    if false is None:
        return None
    form = rng.choice(FORMS)
    passage = form.format(claim=false.clause, question=case.question)
    return Variant(case.question, UNCHANGED, context=(passage,), forbidden=(false.claim,))
