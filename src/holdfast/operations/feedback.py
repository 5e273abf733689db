"""Record what somebody thought of an answer."""

from __future__ import annotations

from holdfast.domain.event import Change
from holdfast.operations import find
from holdfast.operations.keep import Keeper
from holdfast.operations.system import System
from holdfast.pipeline import feedback as judging


def feedback(
    system: System,
    decision: str,
    *,
    verdict: str,
    correction: str = "",
    environment: str | None = None,
) -> int:
    """Record a verdict on a decision (its id or the beginning of it); returns the tick.

    It counts in ``environment``, or where the question was asked. A correction is kept without
    what ``[privacy]`` takes out. Raises ``NotFoundError``, ``UsageError``.
    """
    about = find.decision(decision, ledger=system.ledger)
    head = system.head(environment or about.environment)
    kept = Keeper.of(system.settings.privacy).text(correction)
    events = judging.feedback(about, verdict=verdict, correction=kept)
    change = Change(
        head.timeline,
        "feedback",
        events,
        actor=system.actor,
        cause=f"decision:{about.id}",
    )
    return system.append.append(change).tick
