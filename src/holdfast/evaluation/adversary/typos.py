"""Slips of the finger: letters swapped, dropped, doubled, or hit next to the right key."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.variant import UNCHANGED, Variant

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORTEST = 4
"""Letters of a word that a slip leaves readable."""
SHARE = 5
"""One word in so many has a slip, and at least one."""


def typos(case: Case, rng: random.Random) -> Variant | None:
    """The question with slips in its longer words; numbers stay as they are."""
    tokens = case.question.split(" ")
    places = [i for i, t in enumerate(tokens) if len(t) >= SHORTEST and t.isascii() and t.isalpha()]
    if not places:
        return None
    for i in rng.sample(places, min(len(places), 1 + len(tokens) // SHARE)):
        tokens[i] = _slip(tokens[i], rng)
    return Variant(" ".join(tokens), UNCHANGED)


def _slip(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    slips = [before + after, before + letter * 2 + after, before + _near(letter, rng) + after]
    if after[0] != letter:
        slips.append(before + after[0] + letter + after[1:])
    return rng.choice(slips)


def _near(letter: str, rng: random.Random) -> str:
    row = next((row for row in ROWS if letter.lower() in row), letter.lower())
    i = row.index(letter.lower())
    return rng.choice([key for key in row[max(0, i - 1) : i + 2] if key != letter.lower()])
