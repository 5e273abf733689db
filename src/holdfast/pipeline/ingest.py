"""Bring queued documents in: load, chunk, embed, and make them live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from holdfast.domain.document import Chunk, Document
from holdfast.domain.event import Change, Edge, Event, Expect
from holdfast.domain.moment import EventId
from holdfast.errors import ConflictError, DocumentError, FencedError, ProviderError
from holdfast.pipeline import queue
from holdfast.pipeline import worker as workers
from holdfast.pipeline.load import load
from holdfast.pipeline.prepare import Target, cut, embed
from holdfast.ports.clock import Clock
from holdfast.ports.lake import Chunks, Documents
from holdfast.store.lake import corpus
from holdfast.store.ledger.append import GroupCommit
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import migrations
from holdfast.store.releases.catalog import DEPLOYED

BATCH_DOCUMENTS = 256
BATCH_BYTES = 8 << 20
BATCH_CHUNKS = 2048
"""A batch of documents is closed by whichever it reaches first."""
TRIES = 20


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
    targets: Callable[[View], tuple[Target, ...]]
    """The spaces that what comes in at a cut is prepared for."""
    clock: Clock
    actor: str
    worker: str
    lease: int = queue.LEASE
    """Microseconds after which the claim of a silent worker is taken over."""

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
    """What became of a batch; items that somebody else took over are in neither."""

    committed: tuple[queue.Item, ...] = ()
    quarantined: tuple[queue.Item, ...] = ()
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change of the live documents is to write, and what must hold for it."""

    documents: tuple[Event, ...] = ()
    beside: tuple[Event, ...] = ()
    expects: tuple[Expect, ...] = ()


def enqueue(items: Sequence[queue.Item], *, intake: Intake, reason: str = "") -> None:
    """Put items on the queue, durably, in one change; their documents must be stored already.

    An item replaces what its path has on the queue. One that waits there already is left alone.
    """
    there = {q.item.key: q.item for q in queue.places(intake.view(), [i.key for i in items])}
    events = tuple(item.event() for item in items if not _waits(there.get(item.key), item))
    if events:
        intake.append.append(
            Change(intake.timeline, "enqueue", events, actor=intake.actor, reason=reason)
        )


def _waits(there: queue.Item | None, item: queue.Item) -> bool:
    return there is not None and there.waits and item.waits and there.document == item.document


def drain(
    keys: Sequence[str] | None,
    *,
    intake: Intake,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> None:
    """Work on the queue until none of ``keys`` (``None``: nothing at all) waits any more.

    Several workers may drain one queue: an item is claimed by one of them, and a claim whose
    worker is gone, or has been silent for a minute, is taken over. Raises ``FencedError`` when
    the environment is rolled back meanwhile; what was committed before is where the rollback says.
    """
    with workers.at_work(intake.worker) as task:
        _drain(keys, intake=replace(intake, worker=task), progress=progress)


def _drain(
    keys: Sequence[str] | None, *, intake: Intake, progress: Callable[[Outcome], None]
) -> None:
    left = list(keys) if keys is not None else None
    while True:
        view = intake.view()
        waiting = queue.claimable(view, left, now=intake.clock.now(), lease=intake.lease)
        if waiting:
            for claims in _claimed(waiting, intake=intake):
                progress(_work(claims, intake=intake))
            continue
        if left is None:
            return
        left = [q.item.key for q in queue.places(view, left) if q.item.waits]
        if not left:
            return
        time.sleep(0.1)


def _claimed(waiting: Sequence[queue.Queued], *, intake: Intake) -> Iterable[list[queue.Queued]]:
    """Claim the items batch by batch; a batch that somebody else got first is left to them."""
    for batch in _batches(waiting):
        events, expects = queue.claim(batch, worker=intake.worker, now=intake.clock.now())
        change = Change(intake.timeline, "claim", tuple(events), tuple(expects), actor=intake.actor)
        try:
            commit = intake.append.append(change)
        except ConflictError:
            continue
        yield [
            queue.Queued(queue.item_of(event.value), EventId(commit.tick, place), commit.timeline)
            for place, event in enumerate(events)
        ]


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


def _work(claims: list[queue.Queued], *, intake: Intake) -> Outcome:
    """Prepare a claimed batch for every target and make it live in one change."""
    sources = intake.documents.get([claim.item.document for claim in claims])
    batch = _Batch(claims, sources, intake)
    plan = make_live(batch.plan, operation="ingest", intake=intake)
    done = [queue.item_of(event.value) for event in plan.beside]
    return Outcome(
        tuple(item for item in done if item.status == queue.COMMITTED),
        tuple(item for item in done if item.status == queue.QUARANTINED),
        batch.chunks,
    )


@dataclass(slots=True)
class _Batch:
    """A claimed batch under way; what is known of its documents serves every try."""

    claims: list[queue.Queued]
    sources: dict[str, Document]
    intake: Intake
    titles: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    chunks: int = 0

    def plan(self, view: View) -> Plan:
        """The batch as it can be committed after ``view``: what is still ours, prepared.

        It must hold then that nobody took the items over, and that the release is the one whose
        space they were prepared for, and that a migration is where it was: what is left to its
        backfill must not come in behind it.
        """
        held = {q.event for q in queue.places(view, [c.item.key for c in self.claims])}
        claims = [claim for claim in self.claims if claim.event in held]
        deployed = view.get("releases", DEPLOYED)
        expect = Expect("releases", DEPLOYED, deployed.id if deployed else None)
        self._prepare({claim.item.document for claim in claims}, view)
        moving = migrations.active(view)
        return Plan(
            tuple(self._live(c.item) for c in claims if c.item.document not in self.failed),
            tuple(self._done(claim.item) for claim in claims),
            (
                *(claim.expect for claim in claims),
                expect,
                *((migrations.expect(*moving),) if moving else ()),
            ),
        )

    def _prepare(self, names: set[str], view: View) -> None:
        for name in names - self.sources.keys():
            self.failed[name] = "its content is not in the store"
        targets = self.intake.targets(view)
        known = self._known(names, targets)
        for target in targets:
            there = self.intake.chunks.held(names, space=target.space)
            if target.filling:
                there |= known  # Whoever fills that column has them on the list already.
            ready: list[Chunk] = []
            for name in sorted(names - there - self.failed.keys()):
                try:
                    self.titles[name], pieces = cut(self.sources[name], target)
                except DocumentError as e:
                    self.failed[name] = str(e)
                    continue
                ready += pieces
                if len(ready) >= BATCH_CHUNKS:
                    self._store(ready, target)
                    ready = []
            self._store(ready, target)
        # The chunks may be there from before; the title is the document's all the same.
        for name in names - self.titles.keys() - self.failed.keys():
            try:
                self.titles[name] = load(self.sources[name]).title
            except DocumentError as e:
                self.failed[name] = str(e)

    def _known(self, names: set[str], targets: Sequence[Target]) -> set[str]:
        """Documents that were there before they came in now, where a migration is under way."""
        if not any(target.filling for target in targets):
            return set()
        held = self.intake.chunks.held
        return set.intersection(
            names, *(held(names, space=one.space) for one in targets if not one.optional)
        )

    def _store(self, chunks: list[Chunk], target: Target) -> None:
        if not chunks:
            return
        try:
            vectors = embed(chunks, target)
        except ProviderError:
            if target.optional:
                return  # Whoever fills that column finds it lacking.
            raise
        self.intake.chunks.append(chunks, vectors, space=target.space)
        self.chunks += len(chunks)

    def _done(self, item: queue.Item) -> Event:
        if item.document in self.failed:
            reason = self.failed[item.document]
            return replace(item, status=queue.QUARANTINED, reason=reason).event()
        return replace(item, status=queue.COMMITTED).event()

    def _live(self, item: queue.Item) -> Event:
        return Event(
            "documents",
            item.path,
            {
                "document": item.document,
                "media_type": item.media_type,
                "title": self.titles[item.document],
                "bytes": item.bytes,
            },
            (Edge(f"document:{item.document}"), Edge(f"queue:{item.key}")),
        )


def make_live(
    plan: Callable[[View], Plan], *, operation: str, intake: Intake, reason: str = ""
) -> Plan:
    """Change which documents are live, with the corpus digest, in one change.

    ``plan`` says what to write after a view; it is asked again when another writer came first.
    Returns the plan that was written; one without events writes nothing.
    """
    for _ in range(TRIES):
        view = intake.view()
        wanted = plan(view)
        if not (wanted.documents or wanted.beside):
            return wanted
        state: tuple[Event, ...] = ()
        expects: tuple[Expect, ...] = ()
        if wanted.documents:
            state, expects = corpus.change(view, wanted.documents)
        change = Change(
            intake.timeline,
            operation,
            (*wanted.beside, *wanted.documents, *state),
            (*wanted.expects, *expects),
            actor=intake.actor,
            reason=reason,
        )
        try:
            intake.append.append(change)
        except ConflictError:
            continue
        return wanted
    raise ConflictError(
        f"the corpus of {intake.environment!r} changed {TRIES} times under this write; try again"
    )
