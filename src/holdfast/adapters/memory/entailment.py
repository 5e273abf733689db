"""A reader that compares words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from holdfast.domain.digest import JsonObject
from holdfast.ports.entailment import Mark, Reading

SURE = 4.0


class MemoryReader:
    """Backs the words that the evidence has too, and a claim as far as its words are backed.

    >>> [reading.logit for reading in MemoryReader()([("ab cd", "AB"), ("ab", "AB")])]
    [0.0, 4.0]
    """

    @property
    def identity(self) -> JsonObject:
        return {"kind": "memory-reader", "version": 1}

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        return [_read(claim, evidence) for claim, evidence in pairs]


def _read(claim: str, evidence: str) -> Reading:
    there = set(re.findall(r"\w+", evidence.casefold()))
    marks = tuple(
        Mark(word.start(), word.end(), SURE if word[0].casefold() in there else -SURE)
        for word in re.finditer(r"\w+", claim)
    )
    total = sum(mark.logit for mark in marks)
    return Reading(total / len(marks) if marks else -SURE, marks)
