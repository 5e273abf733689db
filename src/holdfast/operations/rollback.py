"""Take a whole environment back to a moment, in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from holdfast.domain.decision import new_id
from holdfast.domain.event import Event, Fork
from holdfast.domain.moment import Cut, Head
from holdfast.errors import UsageError
from holdfast.operations.diff import StateDiff, compare
from holdfast.operations.freeze import carried
from holdfast.operations.restate import restated
from holdfast.operations.system import System
from holdfast.pipeline import queue
from holdfast.ports.ledger import Query
from holdfast.store.ledger import timeline
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.timeline import Operation

LEAVE, REQUEUE, QUARANTINE = "leave", "requeue", "quarantine"
"""What happens to documents that came in after the moment: nothing (they are gone from the queue),
put on the queue again, or kept aside with a reason."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback did."""

    environment: str
    before: Cut
    to: Cut
    after: Cut
    requeued: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rollback would change."""

    environment: str
    before: Cut
    to: Cut
    at: str
    """When the moment was, ISO 8601."""
    hidden: dict[str, int]
    """Events per store that would no longer be visible."""
    difference: StateDiff
    arrivals: int
    """Documents that came through the queue after the moment."""


def plan(system: System, environment: str, *, to: str) -> Plan:
    """What ``rollback`` would do; changes nothing."""
    head = system.head(environment)
    cut = system.cut(environment, to)
    later = Query(within=head.cut, after=parting(system, head.cut, cut=cut))
    hidden = Counter(entry.store for _, entry in system.ledger.history(later))
    difference = compare(View(system.ledger, head.cut), View(system.ledger, cut), system=system)
    moment = next(system.ledger.history(Query(within=cut, newest_first=True, limit=1)), None)
    at = datetime.fromtimestamp(moment[0].at / 1e6, tz=UTC).isoformat() if moment else ""
    arrivals = len(_arrivals(system, head.cut, cut))
    return Plan(environment, head.cut, cut, at, dict(hidden), difference, arrivals)


def rollback(
    system: System,
    environment: str,
    *,
    to: str,
    reason: str = "",
    arrivals: str = LEAVE,
    operation: str = "",
) -> Rollback:
    """Index, queue, cache, memory, feedback, prompts and release, back together.

    One transaction of a few small rows, whatever the size of the data; nothing that happened is
    erased. A second call with the same ``operation`` id changes nothing and returns what the first
    one did.
    """
    if arrivals not in (LEAVE, REQUEUE, QUARANTINE):
        raise UsageError(f"arrivals {arrivals!r} is not known; use leave, requeue or quarantine")
    head = system.head(environment)
    cut = system.cut(environment, to)
    move = Operation(
        operation or new_id("o", at=system.clock.now()),
        actor=system.actor,
        reason=reason,
        events=(*restated(system, cut), *carried(system, environment)),
    )

    def hold(now: Head) -> Fork:
        events = (*move.events, *_queue_events(system, now.cut, cut, arrivals))
        return timeline.rollback(now, to=cut, operation=replace(move, events=events))

    # To keep hold of arrivals is to know all of them, up to the last moment.
    commit = system.timelines.fork(
        timeline.rollback(head, to=cut, operation=move),
        settle=None if arrivals == LEAVE else hold,
    )
    return _done(system, environment, operation=move.id, after=commit.cut)


def _done(system: System, environment: str, *, operation: str, after: Cut) -> Rollback:
    """What the ledger says a rollback did, this one or an earlier one of the same id."""
    written = system.ledger.history(Query(after=after.tick - 1, until=after.tick))
    entries = {(entry.store, entry.key): entry.value for _, entry in written}
    record = entries["operations", operation]
    statuses = Counter(value["status"] for (store, _), value in entries.items() if store == "queue")
    return Rollback(
        environment,
        Cut(**record["from"]),
        Cut(**record["to"]),
        after,
        statuses[queue.ENQUEUED],
        statuses[queue.QUARANTINED],
    )


def _arrivals(system: System, head: Cut, cut: Cut) -> list[queue.Item]:
    """Documents that were committed since the head parted from the cut, newest state of each."""
    later = Query(store="queue", within=head, after=parting(system, head, cut=cut))
    newest = {entry.key: entry.value for _, entry in system.ledger.history(later)}
    items = [queue.item_of(value) for value in newest.values() if value]
    return [item for item in items if item.status == queue.COMMITTED]


def parting(system: System, head: Cut, *, cut: Cut) -> int:
    """The last tick up to which both cuts show the same.

    That is the cut's own tick where it lies behind the head, and earlier where it is on a timeline
    that was left or that went another way.
    """
    pieces = [system.timelines.timeline(c.timeline).spans(c.tick) for c in (head, cut)]
    shared = 0
    for one, other in zip(*pieces, strict=False):
        if one.timeline != other.timeline or one.after != other.after:
            break
        shared = min(one.until, other.until)
        if one.until != other.until:
            break
    return shared


def _queue_events(system: System, head: Cut, cut: Cut, arrivals: str) -> list[Event]:
    status = queue.ENQUEUED if arrivals == REQUEUE else queue.QUARANTINED
    reason = "" if arrivals == REQUEUE else f"came in after {cut} and was rolled back"
    return [
        replace(item, status=status, reason=reason, worker="", claimed_at=0).event()
        for item in _arrivals(system, head, cut)
    ]
