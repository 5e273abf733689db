"""Make an environment that starts as a full copy of another."""

from __future__ import annotations

from holdfast.domain.decision import new_id
from holdfast.domain.moment import Cut
from holdfast.errors import UsageError
from holdfast.operations.restate import restated
from holdfast.operations.snapshot import check_name
from holdfast.operations.system import System
from holdfast.store.ledger import timeline


def fork(system: System, source: str, *, name: str, at: str | None = None, reason: str = "") -> Cut:
    """A new environment with all state of another, now or at a moment; copies nothing.

    Raises ``UsageError`` for a name that is none, or a snapshot's.
    """
    check_name(name, kind="environment")
    if any(snapshot.name == name for snapshot in system.timelines.snapshots()):
        raise UsageError(f"environment name {name!r}: a snapshot is called so; give another")
    cut = system.view(source, at).cut
    operation = timeline.Operation(
        new_id("o", at=system.clock.now()),
        actor=system.actor,
        reason=reason,
        events=restated(system, cut),
    )
    return system.timelines.fork(timeline.copy(name, of=cut, operation=operation)).cut
