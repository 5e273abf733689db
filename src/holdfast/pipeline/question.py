"""What is asked, and how."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from holdfast.domain.digest import canonical
from holdfast.errors import LimitError, UsageError
from holdfast.pipeline import memory
from holdfast.ports.model import Sampling

MAX_QUESTION = 20_000
RESERVED = ("history", "sampling", "instructions", "cache", "withheld")
"""Names under which a decision keeps what was given beside the question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how.

    ``history`` None takes the session's memory; a caller that keeps the conversation itself gives
    the turns. ``sampling`` None takes the release's.
    """

    text: str
    environment: str
    session: str = ""
    history: tuple[memory.Turn, ...] | None = None
    instructions: str = ""
    sampling: Sampling | None = None
    overrides: Mapping[str, float] = field(default_factory=dict)
    """Sampling fields by name that replace the release's: ``{"temperature": 0.7}``."""
    seed: int | None = None
    """Replaces the seed alone; a replay gives the one that was drawn."""
    cache: bool = True
    withheld: str = ""
    """Why the fallback is given instead of an answer; empty: it is answered."""
    id: str = ""
    """The decision's id, where it must be known before the answer; empty draws one."""
    metadata: dict[str, Any] = field(default_factory=dict)


def unit(question: Question) -> str:
    """What keeps its arm of a canary: the session, else the user, else the decision alone.

    >>> unit(Question("Hi", "production", session="s-1", metadata={"user": "ann"}))
    's-1'
    """
    return question.session or str(question.metadata.get("user", "")) or question.id


def check(question: Question) -> None:
    """Raises ``UsageError`` or ``LimitError`` for a question that cannot be worked on."""
    memory.check_session(question.session)
    if not question.text.strip():
        raise UsageError("the question is empty; ask something")
    if len(question.text) > MAX_QUESTION:
        raise LimitError(
            f"the question has {len(question.text)} characters; at most {MAX_QUESTION} are allowed"
        )
    try:
        canonical([question.text, given(question)])
    except (ValueError, RecursionError) as e:
        raise UsageError(f"the question holds what cannot be kept ({e}); send plain text") from e

    taken = sorted(question.metadata.keys() & set(RESERVED))
    if taken:
        raise UsageError(f"metadata {taken[0]!r} is a name of our own; call it something else")


def asked_sampling(question: Question, *, default: Sampling) -> Sampling:
    """How the caller wants the answer drawn; seed -1 still stands for a new one."""
    values = {**asdict(question.sampling or default), **question.overrides}
    return Sampling(**values)


def sampling_of(question: Question, *, default: Sampling) -> Sampling:
    """How the answer is drawn, with the seed it gets."""
    sampling = asked_sampling(question, default=default)
    if question.seed is not None:
        return replace(sampling, seed=question.seed)
    if sampling.seed == -1:
        return replace(sampling, seed=secrets.randbelow(2**31))
    return sampling


def given(question: Question) -> dict[str, Any]:
    """What the caller gave beside the question; a replay gives it again."""
    things: dict[str, Any] = dict(question.metadata)
    if question.history is not None:
        things["history"] = [[turn.question, turn.answer] for turn in question.history]
    if question.sampling is not None or question.overrides:
        things["sampling"] = True
    if question.instructions:
        things["instructions"] = question.instructions
    if not question.cache:
        things["cache"] = False
    if question.withheld:
        things["withheld"] = question.withheld
    return things
