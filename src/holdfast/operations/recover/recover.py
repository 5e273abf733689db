"""Take back a cause with everything that rests on it, and keep everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdfast.domain.decision import new_id
from holdfast.domain.digest import JsonObject
from holdfast.domain.event import Entry, Event, Fork
from holdfast.domain.moment import Cut, Head
from holdfast.errors import StateError, UsageError
from holdfast.operations.build import target
from holdfast.operations.deploy import check_prepared
from holdfast.operations.recover.cause import Cause
from holdfast.operations.recover.spoiled import spoiled
from holdfast.operations.recover.taint import Closure, close, extend, per_store
from holdfast.operations.rollback import LEAVE, QUARANTINE, REQUEUE
from holdfast.operations.system import System
from holdfast.pipeline import queue
from holdfast.ports.ledger import Query
from holdfast.store.lake import corpus
from holdfast.store.ledger import timeline
from holdfast.store.ledger.as_of import View
from holdfast.store.ledger.timeline import Operation
from holdfast.store.releases import catalog


@dataclass(frozen=True, slots=True)
class Turned:
    """A path whose document changes: digests, empty where there is none."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Loss:
    """What a recovery takes back and what it leaves, counted."""

    cause: str
    kind: str
    threshold: float
    revoked: dict[str, int]
    """Events per store that rest on the cause."""
    mentioned: dict[str, int]
    """Events per store that rest on it by less than the threshold: they stay."""
    documents: tuple[Turned, ...]
    sessions: int
    """Conversations that lose a turn."""
    datasets: dict[str, list[str]]
    """Cases that were made of something taken back, by dataset: marked, not removed."""
    share: float
    """Of the changes or of the live documents, whichever is more."""


@dataclass(frozen=True, slots=True)
class RecoverPlan:
    """What a recovery would do at a head."""

    environment: str
    before: Cut
    loss: Loss
    closure: Closure


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery did."""

    environment: str
    operation: str
    before: Cut
    after: Cut
    loss: Loss
    requeued: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Order:
    """How to recover: what counts as resting on the cause, and what becomes of its documents."""

    threshold: float
    arrivals: str = QUARANTINE
    reason: str = ""
    operation: str = ""
    most: float = 1.0
    """The largest share that may be taken back."""


@dataclass(frozen=True, slots=True)
class _Effects:
    """What the first change of the recovered timeline writes."""

    loss: Loss
    events: tuple[Event, ...]


def plan_recovery(
    system: System, environment: str, *, cause: Cause, threshold: float
) -> RecoverPlan:
    """What ``recover`` would take back; changes nothing."""
    head = system.head(environment)
    closure = close(system, cause, cut=head.cut, threshold=check_threshold(threshold))
    effects = _effects(system, head, closure, order=Order(threshold))
    return RecoverPlan(environment, head.cut, effects.loss, closure)


def recover(system: System, environment: str, *, cause: Cause, order: Order) -> Recovered:
    """Revoke the closure of a cause in one transaction; what it had overwritten shows again.

    The closure is worked out beforehand; within the transaction only what came in since is looked
    at, so that no traffic can starve it. For an operation that is tried again see ``earlier``.
    Raises ``StateError`` when more than ``order.most`` would be taken back, when nothing would,
    or when no release would be left to answer.
    """
    if order.arrivals not in (LEAVE, REQUEUE, QUARANTINE):
        raise UsageError(
            f"arrivals {order.arrivals!r} is not known; use leave, requeue or quarantine"
        )
    head = system.head(environment)
    closure = close(system, cause, cut=head.cut, threshold=check_threshold(order.threshold))
    name = order.operation or new_id("o", at=system.clock.now())
    move = Operation(name, actor=system.actor, reason=order.reason)
    _check_share(closure, _effects(system, head, closure, order=order).loss, most=order.most)

    def settle(now: Head) -> Fork:
        grown = extend(system, closure, cut=now.cut)
        effects = _effects(system, now, grown, order=order)
        details: JsonObject = {"loss": _json(effects.loss)}
        operation = replace(move, details=details, events=effects.events)
        return timeline.recover(now, revoked=grown.revoked, operation=operation)

    first = replace(timeline.recover(head, revoked=(), operation=move), expects_tick=None)
    commit = system.timelines.fork(first, settle=settle)
    return _done(system, environment, operation=name, after=commit.cut)


def earlier(system: System, environment: str, *, operation: str) -> Recovered | None:
    """What a recovery of this id did, if there was one already."""
    query = Query("operations", operation, newest_first=True, limit=1)
    for commit, _ in system.ledger.history(query) if operation else ():
        return _done(system, environment, operation=operation, after=commit.cut)
    return None


def check_threshold(threshold: float) -> float:
    """A strength above which something rests on something. Raises ``UsageError``."""
    if not 0.0 < threshold <= 1.0:
        raise UsageError(f"threshold {threshold!r} is no strength; use one above 0, up to 1")
    return threshold


def _check_share(closure: Closure, loss: Loss, *, most: float) -> None:
    if not closure.rests:
        raise StateError(f"nothing rests on {closure.cause.name} at {closure.cut}: nothing to do")
    if loss.share > most:
        raise StateError(
            f"this would take back {loss.share:.0%} of what is there, more than the "
            f"{most:.0%} of recover.share; look at it with --dry-run, then say --yes"
        )


def _effects(system: System, head: Head, closure: Closure, *, order: Order) -> _Effects:
    """What has to be written so that what is left holds together."""
    before = View(system.ledger, head.cut)
    with system.masks.masked(head.cut, closure.revoked) as cut:
        after = View(system.ledger, cut)
        paths = sorted({taint.key for taint in closure.of("documents")})
        names = [("documents", path) for path in paths]
        pairs = list(zip(paths, before.get_many(names), after.get_many(names), strict=True))
        turned = tuple(
            Turned(path, _digest(old), _digest(new))
            for path, old, new in pairs
            if _digest(old) != _digest(new)
        )
        held = _unprepared(system, head.environment, after, closure=closure, turned=turned)
    arrivals = _arrivals(before, closure, arrivals=order.arrivals)
    marks = spoiled(system, closure)
    loss = Loss(
        closure.cause.name,
        closure.cause.kind,
        closure.threshold,
        per_store(closure.rests),
        per_store(closure.mentions),
        turned,
        len({taint.key.rpartition("/")[0] for taint in closure.of("memory")}),
        {name: list(cases) for name, cases in marks.items()},
        _share(before, closure, turned),
    )
    back = [new for path, _, new in pairs if new is not None and path in held]
    documents = tuple(Event("documents", entry.key, None) for entry in back)
    state = _state(before, pairs, held=held) if turned else ()
    queued = {event.key: event for event in (*arrivals, *(_again(entry) for entry in back))}
    taints = tuple(
        Event("taints", f"{name}/{case}", {"cause": closure.cause.name})
        for name, cases in marks.items()
        for case in cases
    )
    return _Effects(loss, (*queued.values(), *documents, *state, *taints))


def _digest(entry: Entry | None) -> str:
    return "" if entry is None else str(entry.value["document"])


def _state(
    before: View, pairs: Sequence[tuple[str, Entry | None, Entry | None]], *, held: set[str]
) -> tuple[Event, ...]:
    """The corpus as it is without what is taken back."""
    changed = [
        Event("documents", path, None if new is None or path in held else new.value)
        for path, _, new in pairs
    ]
    events, _ = corpus.change(before, changed)
    return events


def _unprepared(
    system: System,
    environment: str,
    after: View,
    *,
    closure: Closure,
    turned: Sequence[Turned],
) -> set[str]:
    """Paths whose former document cannot be searched by the release that will answer.

    Raises ``StateError`` when there will be none, or when the others' documents are not ready.
    """
    back = [turn for turn in turned if turn.after]
    moved = any(taint.key == catalog.DEPLOYED for taint in closure.of("releases"))
    if not (back or moved):
        return set()
    entry = after.get("releases", catalog.DEPLOYED)
    if entry is None:
        if moved:
            raise StateError(
                f"without {closure.cause.name} no release would answer in {environment!r}; "
                "deploy another one first"
            )
        return set()
    components = catalog.components(entry.value["release"], blobs=system.blobs)
    if moved:
        check_prepared(after, components, system=system)
    there = system.lake.chunks.documents(target(components, system=system).space)
    return {turn.path for turn in back if turn.after not in there}


def _again(entry: Entry) -> Event:
    """A former document on its way in once more, to be prepared for today's release."""
    value = entry.value
    return queue.Item(entry.key, value["document"], value["media_type"], value["bytes"]).event()


def _arrivals(before: View, closure: Closure, *, arrivals: str) -> tuple[Event, ...]:
    """What becomes of the places on the queue that are taken back."""
    if arrivals == LEAVE:
        return ()
    status = queue.ENQUEUED if arrivals == REQUEUE else queue.QUARANTINED
    reason = "" if arrivals == REQUEUE else f"taken back with {closure.cause.name}"
    keys = sorted({taint.key for taint in closure.of("queue")})
    return tuple(
        replace(held.item, status=status, reason=reason, worker="", claimed_at=0).event()
        for held in queue.places(before, keys)
        if held.event in closure.revoked and held.item.document
    )


def _share(before: View, closure: Closure, turned: Sequence[Turned]) -> float:
    changes = len({taint.event.tick for taint in closure.rests}) / max(before.cut.tick, 1)
    live = corpus.state(before).documents
    return round(max(changes, len(turned) / live if live else 0.0), 4)


def _json(loss: Loss) -> JsonObject:
    value = {name: getattr(loss, name) for name in Loss.__dataclass_fields__}
    return {**value, "documents": [[t.path, t.before, t.after] for t in loss.documents]}


def _done(system: System, environment: str, *, operation: str, after: Cut) -> Recovered:
    """What the ledger says a recovery did, this one or an earlier one of the same id."""
    written = system.ledger.read([("operations", operation)], after)[0]
    record: dict[str, Any] = written.value if written else {}
    if record.get("kind") != "recover":
        raise UsageError(f"operation {operation!r} was no recovery; give another id")
    loss = dict(record["loss"])
    loss["documents"] = tuple(Turned(*turn) for turn in loss["documents"])
    items = [entry for entry in _change(system, after) if entry.store == "queue" and entry.value]
    statuses = Counter(entry.value["status"] for entry in items)
    return Recovered(
        environment,
        operation,
        Cut(**record["from"]),
        after,
        Loss(**loss),
        statuses[queue.ENQUEUED],
        statuses[queue.QUARANTINED],
    )


def _change(system: System, at: Cut) -> list[Entry]:
    query = Query(after=at.tick - 1, until=at.tick)
    return [entry for _, entry in system.ledger.history(query)]
