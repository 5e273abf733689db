"""What came next in a conversation: the user's own verdict, given without being asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from rapidfuzz import fuzz

from holdfast.domain.decision import ANSWERED
from holdfast.pipeline.signature import signature

THANKED, REPHRASED, ESCALATED = "thanked", "rephrased", "escalated"
GAVE_UP, WENT_ON, LAST = "gave up", "went on", "last"
"""``last`` says nothing: the conversation ended with an answer, or goes on later."""
BAD = (REPHRASED, ESCALATED, GAVE_UP)

SAME = 80.0
"""Likeness of two questions (0 to 100, words in any order) from which one rephrases the other."""
THANKS = re.compile(
    r"^\W*(?:(?:ok|okay|great|perfect|super|prima|cool|nice)\W+)?"
    r"(?:thanks|thank you|thx|cheers|much appreciated|that helped|danke|merci|gracias)\b",
    re.IGNORECASE,
)
ESCALATES = re.compile(
    r"\b(?:(?:speak|talk|chat|connect me|put me through) (?:to|with) (?:a |an |the |your |some)?"
    r"(?:human|person|agent|manager|supervisor|representative|somebody|someone|colleague)"
    r"|(?:real|actual|live) (?:human|person|agent)|file a complaint|complain(?:t)? about"
    r"|call me back|mit einem (?:menschen|mitarbeiter)|beschwerde)\b",
    re.IGNORECASE,
)
DOUBTS = re.compile(
    r"\b(?:that(?:'s| is) (?:not|wrong|incorrect)|not what i (?:asked|meant)"
    r"|you (?:did not|didn't) answer|i (?:asked|meant|mean)\b|wrong answer"
    r"|das stimmt nicht|falsch)",
    re.IGNORECASE,
)


class Turn(Protocol):
    """What is looked at of a decision."""

    @property
    def decision(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def session(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def refused(self) -> bool: ...
    @property
    def told(self) -> bool: ...


def outcomes(turns: Iterable[Turn]) -> dict[str, str]:
    """By decision: thanked, rephrased, escalated, gave up, went on, last, or empty (no session).

    ``gave up``: the last turn of a conversation asked the same again, or was refused, blocked or
    failed, and nothing followed. What followed cannot be told without the text of both.
    """
    sessions: dict[str, list[Turn]] = {}
    found: dict[str, str] = {}
    for turn in turns:
        found[turn.decision] = ""
        if turn.session:
            sessions.setdefault(turn.session, []).append(turn)
    for said in sessions.values():
        said.sort(key=lambda turn: (turn.at, turn.decision))
        for place, turn in enumerate(said[:-1]):
            after = said[place + 1]
            if turn.told and after.told:
                found[turn.decision] = follows(turn.question, after.question)
        end = said[-1]
        again = len(said) > 1 and found[said[-2].decision] == REPHRASED
        unhelped = end.refused or end.status != ANSWERED
        found[end.decision] = GAVE_UP if again or unhelped else LAST
    return found


def follows(question: str, following: str) -> str:
    """What a next question says of the answer to the one before.

    >>> follows("Can I return shoes?", "Can I give shoes back? I asked about shoes.")
    'rephrased'
    >>> follows("Can I return shoes?", "Thanks! And what is express delivery?")
    'thanked'
    """
    if ESCALATES.search(following):
        return ESCALATED
    if THANKS.search(following):
        return THANKED
    if DOUBTS.search(following) or alike(question, following):
        return REPHRASED
    return WENT_ON


def alike(question: str, other: str) -> bool:
    """Whether two questions ask the same in other words (or the same words).

    >>> alike("What is the delivery fee?", "delivery fee what is it?")
    True
    >>> alike("What is the delivery fee?", "Do students get a discount?")
    False
    """
    return fuzz.token_sort_ratio(signature(question), signature(other)) >= SAME
