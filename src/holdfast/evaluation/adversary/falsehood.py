"""Something false that is close to what a case knows to be true."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from holdfast.domain.dataset import Case
from holdfast.evaluation.scorers.sentence import sentences
from holdfast.evaluation.scorers.words import contains, words

NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
FEW = 4
"""Words up to which a fact is a fragment rather than a sentence."""
OPPOSITES = {
    "cannot": "can", "can't": "can", "can": "cannot", "may not": "may", "may": "may not",
    "must not": "must", "must": "need not", "will not": "will", "won't": "will",
    "will": "will not", "is not": "is", "isn't": "is", "is": "is not", "are not": "are",
    "aren't": "are", "are": "are not", "does not": "does", "do not": "do", "never": "always",
    "always": "never", "was": "was not", "were": "were not", "has no": "has", "have no": "have",
    "has": "has no", "have": "have no",
    "all": "none of the", "only": "not only", "before": "after", "after": "before",
    "more than": "less than", "less than": "more than", "free": "not free", "get": "do not get",
    "gets": "does not get", "costs": "does not cost", "cost": "do not cost",
}  # fmt: skip
SWAP = re.compile(
    rf"\b(?:{'|'.join(sorted(map(re.escape, OPPOSITES), key=len, reverse=True))})(?![\w'])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Falsehood:
    """A false claim as it may stand in an answer, what was true, and a sentence that says it."""

    claim: str
    truth: str
    sentence: str = ""

    @property
    def clause(self) -> str:
        """The claim inside a sentence: ``shoes can never be returned``."""
        plain = (self.sentence or self.claim).strip().rstrip(".!").strip()
        lower = plain[:1].lower() if plain[1:2].islower() else plain[:1]
        return f"{lower}{plain[1:]}"


def falsehood(case: Case, rng: random.Random) -> Falsehood | None:
    """A false claim with another number or, where there is none, the opposite.

    Facts are changed before the reference. None when the case knows nothing that could be.
    """
    return by_number(case, rng) or by_negation(case, rng)


def by_number(case: Case, rng: random.Random) -> Falsehood | None:
    """A false claim with another number in it."""
    return _first(case, (swapped(text, rng) for text in _known(case)))


def by_negation(case: Case, rng: random.Random) -> Falsehood | None:
    """A false claim that says the opposite of a true one."""
    whole = [text for text in _known(case) if len(text.split()) > FEW]
    return _first(case, (negated(text, rng) for text in whole))


def swapped(text: str, rng: random.Random) -> Falsehood | None:
    """The text with one of its numbers changed to another of about the same length.

    >>> swapped("within 30 days", random.Random(1)).claim
    'within 20 days'
    """
    found = list(NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    digits = match[0]
    place = next((i for i, digit in enumerate(digits) if digit.isdigit()), 0)
    others = [digit for digit in "123456789" if digit != digits[place]]
    changed = digits[:place] + rng.choice(others) + digits[place + 1 :]
    return Falsehood(text[: match.start()] + changed + text[match.end() :], text)


def negated(text: str, rng: random.Random) -> Falsehood | None:
    """The text with one of its words turned into the opposite; None if none has one.

    >>> negated("Shoes can be returned.", random.Random(1)).claim
    'Shoes cannot be returned.'
    """
    found = list(SWAP.finditer(text))
    if not found:
        return None
    match = found[0] if len(found) == 1 else rng.choice(found[:2])
    opposite = OPPOSITES[match[0].lower()]
    if match[0][0].isupper():
        opposite = opposite[0].upper() + opposite[1:]
    return Falsehood(text[: match.start()] + opposite + text[match.end() :], text)


def _known(case: Case) -> list[str]:
    """What is known to be true, the facts first."""
    return [*case.facts, *sentences(case.reference)]


def _first(case: Case, found: Iterable[Falsehood | None]) -> Falsehood | None:
    """The first claim that nothing known to be true contains, in a sentence about the question."""
    known = [words(text) for text in _known(case)]
    for one in found:
        if one is not None and not any(contains(said, words(one.claim)) for said in known):
            return replace(one, sentence=_sentence(one, case))
    return None


def _sentence(false: Falsehood, case: Case) -> str:
    """The claim as a sentence: as the reference would say it, or as an answer to the question."""
    if len(false.claim.split()) > FEW:
        return false.claim
    for text in sentences(case.reference):
        if false.truth in text:
            return text.replace(false.truth, false.claim)
    return f'The answer to "{case.question}" is {false.claim}'
