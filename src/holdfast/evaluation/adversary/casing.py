"""Other capitals: all, none, or any."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.variant import UNCHANGED, Variant


def casing(case: Case, rng: random.Random) -> Variant | None:
    """The question shouted, mumbled or mixed."""
    text = case.question
    mixed = "".join(rng.choice((letter.lower(), letter.upper())) for letter in text)
    forms = {"upper": text.upper(), "lower": text.lower(), "title": text.title(), "mixed": mixed}
    other = {name: form for name, form in forms.items() if form != text}
    if not other:
        return None
    name = rng.choice(sorted(other))
    return Variant(other[name], UNCHANGED, name)
