"""Conversation memory: the turns of a session, as of a cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from holdfast.domain.event import Edge, Event
from holdfast.errors import UsageError
from holdfast.store.ledger.as_of import View

SESSION = re.compile(r"[\w.:@-]{1,128}")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer; ``ref`` names the ledger event, empty if the caller gave it."""

    question: str
    answer: str
    ref: str = ""


def check_session(session: str) -> str:
    """The session name, if it is a good one. Raises ``UsageError``.

    >>> check_session("s1")
    's1'
    """
    if session and not SESSION.fullmatch(session):
        raise UsageError(
            f"session {session!r} is not a name; use up to 128 letters, digits and . : @ - _"
        )
    return session


def recall(view: View, session: str, *, turns: int) -> tuple[Turn, ...]:
    """The newest turns of a session, oldest first."""
    if not session or not turns:
        return ()
    return tuple(
        Turn(entry.value["question"], entry.value["answer"], entry.ref)
        for entry in view.recent("memory", f"{session}/", count=turns)
    )


def remember(session: str, *, decision: str, question: str, answer: str) -> Event:
    """The event that adds a turn; turns stand in the order they were recorded."""
    return Event(
        "memory",
        f"{session}/{decision}",
        {"question": question, "answer": answer},
        (Edge(f"decision:{decision}"),),
    )
