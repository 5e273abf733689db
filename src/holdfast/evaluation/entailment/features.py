"""What words alone say of a claim and its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from holdfast.evaluation.scorers.words import numeric, words
from holdfast.store.lake.terms import terms

NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w'-]+")
DENIALS = frozenset(
    "not no never none nor neither without cannot nobody nothing hardly barely unable".split()
)
READ = 400
"""Words of a text that are read."""
ENOUGH = 0.6
"""Share of a claim's terms in its evidence beyond which more says nothing: good paraphrases have
fewer than careful forgeries."""
NAMES = ("terms", "numbers", "strange number", "names", "strange name", "denied")
"""What ``features`` gives, in order."""


def features(claim: str, evidence: str) -> tuple[float, ...]:
    """Shares of a claim's words, numbers and names that its evidence has; see ``NAMES``.

    Each lies between 0 and 1.

    >>> dict(zip(NAMES, features("It takes 60 days.", "It takes 30 days.")))["strange number"]
    1.0
    """
    told, there = words(claim)[:READ], words(evidence)[:READ]
    own, known, around = set(terms(claim)[:READ]), set(terms(evidence)[:READ]), set(there)
    numbers = [word in around for word in told if numeric(word)]
    # What a name is made of counts, so that "Ann's" and "UK-based" are found.
    names = [set(words(name.removesuffix("'s"))) <= around for name in NAME.findall(claim)[:READ]]
    denials = sum(_denies(word) for word in told) - sum(_denies(word) for word in there)
    return (
        min(_share([term in known for term in own]), ENOUGH) / ENOUGH,
        _share(numbers),
        float(not all(numbers)),
        _share(names),
        float(not all(names)),
        float(denials > 0),
    )


def _denies(word: str) -> bool:
    return word in DENIALS or word.endswith("n't")


def _share(found: Sequence[bool]) -> float:
    """The share that is true; all of nothing."""
    return sum(found) / len(found) if found else 1.0
