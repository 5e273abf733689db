"""Bring a folder of documents into an environment; only what changed is worked on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.domain.document import Document
from holdfast.domain.event import Event
from holdfast.errors import StateError
from holdfast.operations.build import build, target
from holdfast.operations.system import System
from holdfast.pipeline import ingest as work
from holdfast.pipeline import queue
from holdfast.pipeline.ingest import Intake, Outcome, Target
from holdfast.pipeline.scan import read, scan
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

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
    progress: Callable[[Progress], None] = lambda _: None,
) -> Ingestion:
    """Read files, queue what differs from what is live, and work the queue down.

    Idempotent. A document that cannot be read is quarantined with its reason and the rest goes
    on. Raises ``FencedError`` when the environment is rolled back meanwhile.
    """
    settings = system.settings.documents
    found = scan(
        selection.source,
        include=settings.include,
        exclude=settings.exclude,
        prefix=selection.prefix,
    )
    intake = intake_for(system, environment)
    known = _known(system, intake)
    seen: dict[str, list[queue.Item]] = {kind: [] for kind in KINDS}
    for batch in _batches(read(found, max_bytes=settings.max_megabytes << 20)):
        for item, _ in batch:
            seen[known.kind(item)].append(item)
        fresh = [(item, document) for item, document in batch if known.kind(item) in FRESH]
        if fresh and not dry_run:
            system.lake.documents.put([document for _, document in fresh if document is not None])
            work.enqueue([item for item, _ in fresh], intake=intake, reason=reason)
    chunks = 0
    if not dry_run:
        chunks = _drain(seen, intake=intake, progress=progress)
    removed = _removed(known, {entry.path for entry in found}, selection)
    if removed and not dry_run:
        gone = [Event("documents", path, None) for path in removed]
        work.make_live(gone, beside=(), operation="sync", intake=intake, reason=reason)
    view = intake.view()
    bad = _quarantined([item for kind in KINDS if kind != SAME for item in seen[kind]], view)
    failed = {path for path, _ in bad}
    return Ingestion(
        environment,
        added=tuple(item.path for item in seen[ADDED] if item.path not in failed),
        changed=tuple(item.path for item in seen[CHANGED] if item.path not in failed),
        removed=removed,
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
    live: dict[str, str]
    prepared: set[str]
    aside: set[str]

    def kind(self, item: queue.Item) -> str:
        if item.key in self.aside:
            return ASIDE
        if not item.document:
            return BROKEN
        if item.path not in self.live:
            return ADDED
        if self.live[item.path] != item.document:
            return CHANGED
        return SAME if item.document in self.prepared else UNPREPARED


def _known(system: System, intake: Intake) -> _Known:
    view = intake.view()
    return _Known(
        {entry.key: entry.value["document"] for entry in view.scan("documents")},
        set.intersection(*(system.lake.chunks.documents(t.space) for t in intake.targets)),
        {queued.item.key for queued in queue.items(view, status=queue.QUARANTINED)},
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


def _removed(known: _Known, found: set[str], selection: Selection) -> tuple[str, ...]:
    if not selection.sync:
        return ()
    gone = (path for path in known.live if path.startswith(selection.prefix))
    return tuple(sorted(path for path in gone if path not in found))


def _quarantined(items: Sequence[queue.Item], view: View) -> tuple[tuple[str, str], ...]:
    entries = view.get_many([("queue", item.key) for item in items])
    newest = [queue.item_of(entry.value) for entry in entries if entry is not None]
    return tuple((item.path, item.reason) for item in newest if item.status == queue.QUARANTINED)


def remove(system: System, environment: str, *, paths: Sequence[str], reason: str = "") -> None:
    """Take documents out of the corpus. Raises ``StateError`` for a path that is not live."""
    intake = intake_for(system, environment)
    view = intake.view()
    entries = view.get_many([("documents", path) for path in paths])
    gone = [path for path, entry in zip(paths, entries, strict=True) if entry is None]
    if gone:
        raise StateError(f"{gone[0]!r} is not a live document; 'holdfast documents' lists them")
    work.make_live(
        [Event("documents", path, None) for path in paths],
        beside=(),
        operation="remove",
        intake=intake,
        reason=reason,
    )


def enqueue(
    system: System, environment: str, *, documents: Sequence[tuple[str, Document]]
) -> list[str]:
    """Store documents and put them on the queue, durably; a worker brings them in later."""
    intake = intake_for(system, environment)
    items = [queue.Item(path, d.digest, d.media_type, len(d.source)) for path, d in documents]
    system.lake.documents.put([document for _, document in documents])
    work.enqueue(items, intake=intake)
    return [item.key for item in items]


def intake_for(system: System, environment: str) -> Intake:
    """What ingestion works with: the folder's way to search and the deployed release's."""
    view = system.view(environment)
    return Intake(
        documents=system.lake.documents,
        chunks=system.lake.chunks,
        append=system.append,
        environment=environment,
        timeline=view.cut.timeline,
        head=system.view,
        targets=_targets(system, view),
        clock=system.clock,
        actor=system.actor,
        worker=f"{socket.gethostname()}:{os.getpid()}",
    )


def _targets(system: System, view: View) -> tuple[Target, ...]:
    own = target(build(system), system=system)
    deployed = view.get("releases", catalog.DEPLOYED)
    if deployed is None:
        return (own,)
    components = catalog.components(deployed.value["release"], blobs=system.blobs)
    other = target(components, system=system)
    return (own,) if other.space == own.space else (own, other)
