"""Bring queued documents in: load, chunk, embed, and make them live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from holdfast.domain.document import Chunk, Document, Space
from holdfast.domain.event import Change, Edge, Event, Expect
from holdfast.errors import ConflictError, DocumentError, FencedError
from holdfast.pipeline import queue
from holdfast.pipeline.chunk import ChunkSettings, chunk
from holdfast.pipeline.load import load
from holdfast.ports.clock import Clock
from holdfast.ports.embedder import Embedder
from holdfast.ports.lake import Chunks, Documents
from holdfast.store.lake import corpus
from holdfast.store.ledger.append import GroupCommit
from holdfast.store.ledger.as_of import View

BATCH_DOCUMENTS = 256
BATCH_BYTES = 8 << 20
BATCH_CHUNKS = 2048
"""A batch of documents is closed by whichever it reaches first."""
TRIES = 20


@dataclass(frozen=True, slots=True)
class Target:
    """A space that documents are prepared for."""

    space: Space
    embedder: Embedder
    chunking: ChunkSettings


@dataclass(frozen=True, slots=True)
class Intake:
    """What ingestion works with."""

    documents: Documents
    chunks: Chunks
    append: GroupCommit
    environment: str
    timeline: int
    """Where the work began; when the environment is rolled back meanwhile, it is refused."""
    head: Callable[[str], View]
    """A view at the environment's head, resolved anew at each call."""
    targets: tuple[Target, ...]
    clock: Clock
    actor: str
    worker: str

    def view(self) -> View:
        """The newest state of the timeline. Raises ``FencedError`` after a rollback."""
        view = self.head(self.environment)
        if view.cut.timeline != self.timeline:
            raise FencedError(
                f"{self.environment!r} moved from timeline t{self.timeline} to "
                f"t{view.cut.timeline} while documents came in; run 'holdfast ingest' again"
            )
        return view


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    committed: tuple[queue.Item, ...] = ()
    quarantined: tuple[queue.Item, ...] = ()
    chunks: int = 0


def enqueue(items: Sequence[queue.Item], *, intake: Intake, reason: str = "") -> None:
    """Put items on the queue, durably, in one change; their documents must be stored already."""
    events = tuple(item.event() for item in items)
    intake.append.append(
        Change(intake.timeline, "enqueue", events, actor=intake.actor, reason=reason)
    )


def drain(
    keys: Sequence[str] | None,
    *,
    intake: Intake,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> None:
    """Work on the queue until none of ``keys`` (``None``: nothing at all) waits any more.

    Several workers may drain one queue: an item is claimed by one of them, and a claim whose
    worker has been silent for a minute is taken over. Raises ``FencedError`` when the environment
    is rolled back meanwhile; what was committed before is where the rollback says.
    """
    left = list(keys) if keys is not None else None
    while True:
        view = intake.view()
        waiting = queue.claimable(view, left, now=intake.clock.now())
        if waiting:
            for claimed in _claimed(waiting, intake=intake):
                progress(_work(claimed, intake=intake))
            continue
        if left is None:
            return
        entries = view.get_many([("queue", key) for key in left])
        left = [e.key for e in entries if e is not None and e.value["status"] == queue.CLAIMED]
        if not left:
            return
        time.sleep(0.1)


def _claimed(waiting: Sequence[queue.Queued], *, intake: Intake) -> Iterable[list[queue.Item]]:
    """Claim the items batch by batch; a batch that somebody else got first is left to them."""
    for batch in _batches(waiting):
        events, expects = queue.claim(batch, worker=intake.worker, now=intake.clock.now())
        change = Change(intake.timeline, "claim", tuple(events), tuple(expects), actor=intake.actor)
        try:
            intake.append.append(change)
        except ConflictError:
            continue
        yield [queue.item_of(event.value) for event in events]


def _batches(waiting: Sequence[queue.Queued]) -> Iterable[list[queue.Queued]]:
    batch: list[queue.Queued] = []
    size = 0
    for queued in waiting:
        if batch and (len(batch) == BATCH_DOCUMENTS or size + queued.item.bytes > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(queued)
        size += queued.item.bytes
    if batch:
        yield batch


def _work(items: list[queue.Item], *, intake: Intake) -> Outcome:
    """Prepare a claimed batch for every target and make it live in one change."""
    sources = intake.documents.get([item.document for item in items])
    failed: dict[str, str] = {}
    titles: dict[str, str] = {}
    chunks = 0
    for target in intake.targets:
        there = intake.chunks.documents(target.space)
        ready: list[Chunk] = []
        for name, source in sources.items():
            if name in there or name in failed:
                continue
            try:
                title, pieces = _cut(source, target)
            except DocumentError as e:
                failed[name] = str(e)
                continue
            titles[name] = title
            ready += pieces
            if len(ready) >= BATCH_CHUNKS:
                _store(ready, target=target, intake=intake)
                chunks += len(ready)
                ready = []
        _store(ready, target=target, intake=intake)
        chunks += len(ready)
    missing = {
        item.document: "its content is not in the store"
        for item in items
        if item.document not in sources
    }
    return _commit(items, failed | missing, titles, chunks, intake=intake)


def _cut(source: Document, target: Target) -> tuple[str, list[Chunk]]:
    text = load(source)
    pieces = chunk(
        text,
        document=source.digest,
        preprocessing=target.space.preprocessing,
        settings=target.chunking,
    )
    if not pieces:
        raise DocumentError("there is no text in it")
    return text.title, pieces


def _store(chunks: list[Chunk], *, target: Target, intake: Intake) -> None:
    if chunks:
        texts = [f"{piece.title}\n{piece.text}" for piece in chunks]
        vectors = target.embedder.embed(texts).astype("float16")
        intake.chunks.append(chunks, vectors, space=target.space)


def _commit(
    items: list[queue.Item],
    failed: dict[str, str],
    titles: dict[str, str],
    chunks: int,
    *,
    intake: Intake,
) -> Outcome:
    good = [item for item in items if item.document not in failed]
    committed = tuple(replace(item, status=queue.COMMITTED) for item in good)
    quarantined = tuple(
        replace(item, status=queue.QUARANTINED, reason=failed[item.document])
        for item in items
        if item.document in failed
    )
    added = [
        Event(
            "documents",
            item.path,
            {
                "document": item.document,
                "media_type": item.media_type,
                "title": titles.get(item.document, ""),
                "bytes": item.bytes,
            },
            (Edge(f"document:{item.document}"), Edge(f"queue:{item.key}")),
        )
        for item in good
    ]
    done = [item.event() for item in (*committed, *quarantined)]
    make_live(added, beside=done, operation="ingest", intake=intake)
    return Outcome(committed, quarantined, chunks)


def make_live(
    documents: Sequence[Event],
    *,
    beside: Sequence[Event],
    operation: str,
    intake: Intake,
    reason: str = "",
) -> None:
    """Change which documents are live, with the corpus digest, in one change.

    Tried again when another writer changed the corpus at the same time.
    """
    for _ in range(TRIES):
        state: tuple[Event, ...] = ()
        expects: tuple[Expect, ...] = ()
        if documents:
            state, expects = corpus.change(intake.view(), documents)
        change = Change(
            intake.timeline,
            operation,
            (*beside, *documents, *state),
            expects,
            actor=intake.actor,
            reason=reason,
        )
        try:
            intake.append.append(change)
        except ConflictError:
            continue
        return
    raise ConflictError(
        f"the corpus of {intake.environment!r} changed {TRIES} times under this write; try again"
    )
