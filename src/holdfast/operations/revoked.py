"""Whether a decision was taken back by a recovery, and by which."""

from __future__ import annotations

from holdfast.domain.decision import Decision
from holdfast.domain.digest import JsonObject
from holdfast.operations.system import System
from holdfast.ports.ledger import Query


def taken_back(system: System, decision: Decision) -> JsonObject | None:
    """The recovery that revoked a decision in its environment; ``None`` if it counts there."""
    head = system.timelines.heads().get(decision.environment)
    if head is None:
        return None
    hidden = system.timelines.timeline(head.timeline).revoked
    written = system.ledger.history(Query("decisions", decision.id))
    events = {str(entry.id) for _, entry in written if entry.id in hidden}
    if not events:
        return None
    for commit, entry in system.ledger.history(
        Query("operations", within=head.cut, newest_first=True)
    ):
        if events & set((entry.value or {}).get("revoked", ())):
            return {"operation": entry.key, "tick": commit.tick, "reason": commit.reason}
    return None
