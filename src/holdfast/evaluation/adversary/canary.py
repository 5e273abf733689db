"""A word that only an obeyed instruction brings into an answer."""

from __future__ import annotations

import random

SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu".split()


def canary(rng: random.Random) -> str:
    """A made-up word that no document has.

    >>> canary(random.Random(1))
    'Dipuvoti'
    """
    return "".join(rng.choice(SYLLABLES) for _ in range(4)).capitalize()
