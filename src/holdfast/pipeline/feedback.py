"""Feedback: what people thought of an answer, and how it moves the ranking."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain.decision import Decision
from holdfast.domain.event import Edge, Event
from holdfast.errors import UsageError
from holdfast.store.ledger.as_of import View

UP, DOWN, CORRECT = "up", "down", "correct"
MAX_CORRECTION = 20_000


def feedback(decision: Decision, *, verdict: str, correction: str = "") -> tuple[Event, ...]:
    """The events that record a verdict on a decision, replacing an earlier one.

    ``up`` and ``down`` rate every chunk that was in the prompt; ``correct`` rates them down and
    keeps the text of the right answer.
    """
    if verdict not in (UP, DOWN, CORRECT):
        raise UsageError(f"verdict {verdict!r} is not known; use up, down or correct")
    if (verdict == CORRECT) != bool(correction.strip()):
        raise UsageError(f"a verdict 'correct' comes with a text, and only it; got {correction!r}")
    if len(correction) > MAX_CORRECTION:
        raise UsageError(
            f"the correction has {len(correction)} characters; at most {MAX_CORRECTION} are kept"
        )
    source = Edge(f"decision:{decision.id}")
    value = {"verdict": verdict, "correction": correction, "question": decision.question}
    rating = 1 if verdict == UP else -1
    hits = decision.stamp.hits[: decision.stamp.used]
    return (
        Event("feedback", decision.id, value, (source,)),
        *(Event("ratings", f"{hit.chunk}/{decision.id}", rating, (source,)) for hit in hits),
    )


def ratings(view: View, chunks: Sequence[str]) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Ups and downs of each rated chunk as of a cut, and the events they come from."""
    counts: dict[str, tuple[int, int]] = {}
    refs: list[str] = []
    if not view.scan("ratings", limit=1):
        return counts, refs
    for chunk in chunks:
        entries = view.scan("ratings", prefix=f"{chunk}/")
        if entries:
            ups = sum(entry.value > 0 for entry in entries)
            counts[chunk] = (ups, len(entries) - ups)
            refs += [entry.ref for entry in entries]
    return counts, refs
