"""What every kind of rule has in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from holdfast.privacy.fold import Folded

BLOCK, REDACT, FLAG, FALLBACK = "block", "redact", "flag", "fallback"
ACTIONS = (BLOCK, REDACT, FLAG, FALLBACK)
QUESTION, PASSAGE, ANSWER = "question", "passage", "answer"
PLACES = (QUESTION, PASSAGE, ANSWER)

INFLECTION = "(?:s|es|d|ed|ing)?"


@dataclass(frozen=True, slots=True)
class Match:
    """Where a rule was met in a folded text, and how."""

    start: int
    end: int
    detail: str


class Condition(Protocol):
    """The part of a rule that reads text. An ``absent`` one can only be judged on a whole text."""

    @property
    def absent(self) -> bool: ...

    def find(self, text: Folded) -> Iterator[Match]:
        """Every place where the rule is met, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A named policy: what it looks for, where, and what happens when it is found."""

    name: str
    kind: str
    action: str
    where: tuple[str, ...]
    condition: Condition


def words(phrases: Iterable[str], *, inflected: bool = False) -> re.Pattern[str]:
    """Any of some phrases as whole words, whatever their case and spacing.

    >>> bool(words(["free trial"]).search("a Free\\n trial!"))
    True
    """
    ordered = sorted((phrase.split() for phrase in phrases), key=len, reverse=True)
    options = "|".join(r"\s{1,5}".join(map(re.escape, parts)) for parts in ordered)
    ending = INFLECTION if inflected else ""
    return re.compile(rf"(?<!\w)(?:{options}){ending}(?!\w)", re.IGNORECASE)
