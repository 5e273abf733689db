"""Bring a folder of documents into an environment; only what changed is worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from holdfast.domain.document import Document
from holdfast.domain.event import Event
from holdfast.domain.migration import BACKFILL
from holdfast.domain.moment import EventId
from holdfast.errors import StateError, UsageError
from holdfast.operations.admit import check_force, check_frozen
from holdfast.operations.build import searchable, target, target_of
from holdfast.operations.pin import pin
from holdfast.operations.system import System
from holdfast.pipeline import ingest as work
from holdfast.pipeline import queue, worker
from holdfast.pipeline.ingest import Intake, Outcome, Plan
from holdfast.pipeline.prepare import Target
from holdfast.pipeline.scan import read, scan
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations

BATCH = 256
BATCH_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Ingestion:
    """What an ingestion did or, on a dry run, would do. Paths are corpus paths."""

    environment: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    quarantined: tuple[tuple[str, str], ...]
    """Path and reason."""
    chunks: int
    corpus: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files to look at; ``sync`` also removes what is live under ``prefix`` and not found."""

    source: Path
    prefix: str = ""
    sync: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` documents."""

    done: int
    total: int


def ingest(
    system: System,
    environment: str,
    *,
    selection: Selection,
    reason: str = "",
    dry_run: bool = False,
    force: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Ingestion:
    """Read files, queue what differs from what is live, and work the queue down.

    Idempotent. A document that cannot be read is quarantined with its reason and the rest goes
    on. Raises ``FencedError`` when the environment is rolled back meanwhile, and ``StateError``
    while it is frozen (but for ``force``).
    """
    if not dry_run:
        _allowed(system, environment, force=force, reason=reason)
    settings = system.settings.documents
    include, exclude = settings.include, settings.exclude
    found = scan(selection.source, include=include, exclude=exclude, prefix=selection.prefix)
    if selection.sync and not selection.source.is_dir():
        raise UsageError(
            f"{str(selection.source)!r} is one file: a sync removes what is not found, so it needs "
            "the whole folder"
        )
    intake = intake_for(system, environment)
    known = _known(system, intake)
    seen: dict[str, list[queue.Item]] = {kind: [] for kind in KINDS}
    for batch in _batches(read(found, max_bytes=settings.max_megabytes << 20)):
        for item, _ in batch:
            seen[known.kind(item)].append(item)
        fresh = [(item, document) for item, document in batch if known.kind(item) in FRESH]
        if fresh and not dry_run:
            with system.latch.storing():
                documents = [document for _, document in fresh if document is not None]
                system.lake.documents.put(documents)
                work.enqueue([item for item, _ in fresh], intake=intake, reason=reason)
    chunks = 0
    if not dry_run:
        chunks = _drain(seen, intake=intake, progress=progress)
    view = intake.view()
    missing = _missing(known, {entry.path for entry in found}, selection)
    plan = partial(_removal, known=known, paths=missing)
    gone = plan(view)
    if not dry_run:
        gone = work.make_live(plan, operation="sync", intake=intake, reason=reason)
        if chunks:
            pin(system, intake)
        view = intake.view()
    bad = _quarantined([item for kind in KINDS if kind != SAME for item in seen[kind]], view)
    failed = {path for path, _ in bad}
    return Ingestion(
        environment,
        added=tuple(item.path for item in seen[ADDED] if item.path not in failed),
        changed=tuple(item.path for item in seen[CHANGED] if item.path not in failed),
        removed=tuple(event.key for event in gone.documents),
        unchanged=len(seen[SAME]),
        quarantined=bad,
        chunks=chunks,
        corpus=corpus.state(view).digest,
        dry_run=dry_run,
    )


ADDED, CHANGED, UNPREPARED, SAME, BROKEN, ASIDE = (
    "added",
    "changed",
    "unprepared",
    "same",
    "broken",
    "aside",
)
KINDS = (ADDED, CHANGED, UNPREPARED, SAME, BROKEN, ASIDE)
FRESH = (ADDED, CHANGED, UNPREPARED, BROKEN)
"""What is put on the queue: all but what is as it was."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was there when an ingestion began."""

    live: dict[str, tuple[EventId, str]]
    """Path -> the event that made its document live, and the document's digest."""
    prepared: set[str]
    queued: dict[str, queue.Queued]

    def kind(self, item: queue.Item) -> str:
        queued = self.queued.get(item.key)
        aside = queued.item if queued and queued.item.status == queue.QUARANTINED else None
        if aside is not None and aside.document == item.document:
            return ASIDE
        if not item.document:
            return BROKEN
        if item.path not in self.live:
            return ADDED
        if self.live[item.path][1] != item.document:
            return CHANGED
        return SAME if item.document in self.prepared and aside is None else UNPREPARED


def _known(system: System, intake: Intake) -> _Known:
    view = intake.view()
    needed = [target for target in intake.targets(view) if not target.optional]
    there = [system.lake.chunks.documents(target.space) for target in needed]
    return _Known(
        {e.key: (e.id, e.value["document"]) for e in view.scan("documents")},
        set.intersection(*there),
        {queued.item.key: queued for queued in queue.items(view)},
    )


def _batches(
    pairs: Iterable[tuple[queue.Item, Document | None]],
) -> Iterator[list[tuple[queue.Item, Document | None]]]:
    batch: list[tuple[queue.Item, Document | None]] = []
    size = 0
    for pair in pairs:
        batch.append(pair)
        size += pair[0].bytes
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _drain(
    seen: dict[str, list[queue.Item]], *, intake: Intake, progress: Callable[[Progress], None]
) -> int:
    keys = [item.key for kind in (ADDED, CHANGED, UNPREPARED) for item in seen[kind]]
    done = chunks = 0

    def report(outcome: Outcome) -> None:
        nonlocal done, chunks
        done += len(outcome.committed) + len(outcome.quarantined)
        chunks += outcome.chunks
        progress(Progress(done, len(keys)))

    progress(Progress(0, len(keys)))
    work.drain(keys, intake=intake, progress=report)
    return chunks


def _missing(known: _Known, found: set[str], selection: Selection) -> list[str]:
    """Paths that a sync removes: live, on their way in or noted as unreadable, and not found."""
    if not selection.sync:
        return []
    items = [queued.item for queued in known.queued.values()]
    noted = {item.path for item in items if item.waits or not item.document}
    gone = (path for path in known.live.keys() | noted if path.startswith(selection.prefix))
    return sorted(path for path in gone if path not in found)


def _removal(view: View, *, known: _Known, paths: Sequence[str]) -> Plan:
    """Take out what is as it was known; what somebody brought in since is newer than our look."""
    live = view.get_many([("documents", path) for path in paths])
    documents = [
        Event("documents", path, None)
        for path, entry in zip(paths, live, strict=True)
        if entry is not None and path in known.live and known.live[path][0] == entry.id
    ]
    out = {event.key for event in documents}
    places = [
        queued
        for queued in queue.places(view, paths)
        if queued.item.key in out or queued == known.queued.get(queued.item.key)
    ]
    return Plan(
        tuple(documents),
        tuple(Event(queue.STORE, queued.item.key, None) for queued in places),
        tuple(queued.expect for queued in places),
    )


def _quarantined(items: Sequence[queue.Item], view: View) -> tuple[tuple[str, str], ...]:
    places = queue.places(view, [item.key for item in items])
    newest = [queued.item for queued in places if queued.item.status == queue.QUARANTINED]
    return tuple((item.path, item.reason) for item in newest)


def remove(
    system: System,
    environment: str,
    *,
    paths: Sequence[str],
    reason: str = "",
    force: bool = False,
) -> None:
    """Take documents out of the corpus.

    Raises ``StateError`` for a path that is not live, and while the environment is frozen.
    """
    _allowed(system, environment, force=force, reason=reason)
    intake = intake_for(system, environment)

    def plan(view: View) -> Plan:
        entries = view.get_many([("documents", path) for path in paths])
        gone = [path for path, entry in zip(paths, entries, strict=True) if entry is None]
        if gone:
            raise StateError(f"{gone[0]!r} is not a live document; 'holdfast documents' lists them")
        places = queue.places(view, paths)
        return Plan(
            tuple(Event("documents", path, None) for path in paths),
            tuple(Event(queue.STORE, queued.item.key, None) for queued in places),
            tuple(queued.expect for queued in places),
        )

    work.make_live(plan, operation="remove", intake=intake, reason=reason)


def _allowed(system: System, environment: str, *, force: bool, reason: str) -> None:
    check_force(force=force, reason=reason)
    check_frozen(system, environment, force=force)


def enqueue(
    system: System,
    environment: str,
    *,
    documents: Sequence[tuple[str, Document]],
    force: bool = False,
) -> list[str]:
    """Store documents and put them on the queue, durably; a worker brings them in later.

    Raises ``StateError`` while the environment is frozen (but for ``force``); what is on the queue
    by then still comes in.
    """
    check_frozen(system, environment, force=force)
    items = [queue.Item(path, d.digest, d.media_type, len(d.source)) for path, d in documents]
    with system.latch.storing():
        system.lake.documents.put([document for _, document in documents])
        # Storing takes a while; a rollback meanwhile is no reason to refuse the documents.
        work.enqueue(items, intake=intake_for(system, environment))
    return [item.key for item in items]


def drain(
    system: System,
    environment: str,
    *,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> int:
    """Work the queue down once; returns how many documents were worked on.

    ``progress`` is called between batches; what it raises stops the work cleanly.
    """
    counted = 0

    def count(outcome: Outcome) -> None:
        nonlocal counted
        counted += len(outcome.committed) + len(outcome.quarantined)
        progress(outcome)

    intake = intake_for(system, environment)
    work.drain(None, intake=intake, progress=count)
    if counted:
        pin(system, intake)
    return counted


def intake_for(system: System, environment: str) -> Intake:
    """What ingestion works with: the folder's way to search and the deployed release's."""
    view = system.view(environment)
    own = target(searchable(system), system=system)
    return Intake(
        documents=system.lake.documents,
        chunks=system.lake.chunks,
        append=system.append,
        environment=environment,
        timeline=view.cut.timeline,
        head=system.view,
        targets=partial(_targets, own=own, system=system),
        clock=system.clock,
        actor=system.actor,
        worker=worker.name(),
    )


def _targets(view: View, *, own: Target, system: System) -> tuple[Target, ...]:
    targets = {own.space: own}
    deployed = view.get("releases", catalog.DEPLOYED)
    if deployed is not None:
        components = catalog.components(deployed.value["release"], blobs=system.blobs)
        other = target(components, system=system)
        targets.setdefault(other.space, other)
    under_way = migrations.active(view)
    if under_way is not None and under_way[0].beside not in targets:
        beside, filling = under_way[0].beside, under_way[0].stage == BACKFILL
        goal = target_of(beside, system=system)
        targets[beside] = replace(goal, optional=True, filling=filling)
    return tuple(targets.values())
