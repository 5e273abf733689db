"""Fill the new column: every live document that it lacks, each embedded once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from holdfast.domain.document import Chunk, Vectors
from holdfast.domain.event import Change
from holdfast.domain.migration import BACKFILL, VERIFIED, Migration
from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderTimeoutError,
    StateError,
)
from holdfast.operations.build import target_of
from holdfast.operations.migrate.intents import Intents
from holdfast.operations.migrate.passages import lacking, passages
from holdfast.operations.migrate.plan import live_documents
from holdfast.operations.migrate.writing import Made, Writer
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import sources
from holdfast.pipeline import worker as workers
from holdfast.pipeline.prepare import Target, embed
from holdfast.store.releases import migrations

Batch: TypeAlias = list[list[Chunk]]
"""Whole documents' chunks, sent in one request."""
BATCH = 128
"""Chunks of one request."""
AHEAD = 2
"""Requests made ready for each that may be under way, so that none waits for the next."""
PASSING = (ProviderBusyError, ProviderDownError, ProviderTimeoutError)
ATTEMPTS = 6
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a column is filled: requests at a time, and chunks a second at most (0: no limit)."""

    parallel: int = 4
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` documents; ``chunks`` were embedded by this process."""

    done: int
    total: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What one process did; ``paused`` when it was asked to stop before the end."""

    chunks: int
    paused: bool


def backfill(
    system: System,
    environment: str,
    *,
    pace: Pace | None = None,
    only: Collection[str] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Filled:
    """Work until no live document lacks its new vectors, or the migration is paused or left.

    ``only`` some documents may be asked for, by their digests.

    May be killed at any time and run again: what was stored is never asked for again, and a
    request that was under way is sent as it was. One process at a time; raises ``StateError`` when
    another is at work, ``ProviderError`` when the embedder fails for longer than a few tries.
    """
    with workers.at_work(workers.name()) as task:
        migration = _claimed(system, environment, task)
        work = _Work(system, environment, migration, pace or Pace(), only)
        try:
            return work.run(progress)
        finally:
            _released(system, environment, task)


def folder(system: System, migration: Migration) -> Path:
    """Where the notes of a migration are."""
    home = system.root / system.settings.storage.path
    return home / "lake" / "backfill" / migration.id


def _claimed(system: System, environment: str, worker: str) -> Migration:
    view = system.view(environment)
    found = migrations.active(view)
    if found is None or found[0].stage not in (BACKFILL, VERIFIED):
        raise StateError(
            f"{environment!r} has no migration whose column is to be filled; "
            "'holdfast migrate status' says where it is"
        )
    migration, entry = found
    if migration.worker and not workers.gone(migration.worker):
        raise StateError(
            f"migration {migration.id} is worked on by {migration.worker!r}; "
            "'holdfast migrate pause' stops it"
        )
    claimed = replace(migration, worker=worker, paused=False)
    change = Change(
        view.cut.timeline,
        "migrate",
        (migrations.event(claimed),),
        (migrations.expect(migration, entry),),
        actor=system.actor,
        reason="backfill",
    )
    system.append.append(change)
    return claimed


def _released(system: System, environment: str, worker: str) -> None:
    view = system.view(environment)
    found = migrations.active(view)
    if found is None or found[0].worker != worker:
        return
    event = migrations.event(replace(found[0], worker=""))
    expect = migrations.expect(*found)
    system.append.append(
        Change(view.cut.timeline, "migrate", (event,), (expect,), actor=system.actor)
    )


class _Work:
    """One process at work on one migration."""

    def __init__(
        self,
        system: System,
        environment: str,
        migration: Migration,
        pace: Pace,
        only: Collection[str] | None,
    ) -> None:
        self._system = system
        self._environment = environment
        self._migration = migration
        self._goal: Target = target_of(migration.target, system=system)
        self._intents = Intents(folder(system, migration))
        self._pace = pace
        self._only = only
        self._turn = Turns(pace.rate)
        self._chunks = 0
        self._done = self._total = 0

    def run(self, progress: Callable[[Progress], None]) -> Filled:
        with ThreadPoolExecutor(max_workers=self._pace.parallel) as pool:
            self._send(pool, self._noted(), progress)
            while self._going():
                names = self._lacking()
                if not names:
                    self._intents.clear()
                    return Filled(self._chunks, paused=False)
                self._send(pool, self._batches(names), progress)
        return Filled(self._chunks, paused=True)

    def _going(self) -> bool:
        """Whether the migration is still to be filled, by us."""
        found = migrations.active(self._system.view(self._environment))
        return (
            found is not None
            and found[0].id == self._migration.id
            and found[0].worker == self._migration.worker
            and not found[0].paused
        )

    def _lacking(self) -> list[str]:
        there = self._system.lake.chunks.documents(self._goal.space)
        live = live_documents(self._system.view(self._environment))
        if self._only is not None:
            live = [name for name in live if name in self._only]
        left = [name for name in live if name not in there]
        self._total, self._done = len(live), len(live) - len(left)
        return left

    def _noted(self) -> Iterator[Batch]:
        """The requests that were under way when a process was killed, as they were."""
        there = self._system.lake.chunks.documents(self._goal.space)
        held = self._system.lake.documents.digests()
        for note, names in self._intents.left():
            if there.issuperset(names) or not held.issuperset(names):
                note.unlink(missing_ok=True)
                continue
            documents = sources(names, system=self._system)
            yield [passages(document, self._goal) for document in documents]

    def _batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """Whole documents, as many as fit into one request."""
        batch: Batch = []
        size = 0
        for pieces in lacking(self._system, names, source=self._migration.source, goal=self._goal):
            if batch and size + len(pieces) > BATCH:
                yield batch
                batch, size = [], 0
            batch.append(pieces)
            size += len(pieces)
        if batch:
            yield batch

    def _send(
        self,
        pool: ThreadPoolExecutor,
        batches: Iterator[Batch],
        progress: Callable[[Progress], None],
    ) -> None:
        """Keep as many requests under way as the pace says; stops early when it is paused."""
        waiting: set[Future[Made]] = set()
        with Writer(self._store) as writer:
            stopped = True
            try:
                for batch in batches:
                    waiting.add(pool.submit(self._ask, batch))
                    if len(waiting) < AHEAD * self._pace.parallel:
                        continue
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    _keep(done, writer)
                    self._tell(progress)
                    if not self._going():
                        break
                else:
                    stopped = False
            finally:
                _keep([one for one in waiting if not (stopped and one.cancel())], writer)
        self._tell(progress)

    def _tell(self, progress: Callable[[Progress], None]) -> None:
        progress(Progress(self._done, self._total, self._chunks))

    def _ask(self, batch: Batch) -> Made:
        pieces = [piece for document in batch for piece in document]
        self._turn.take(len(pieces))
        note = self._intents.note([document[0].document for document in batch])
        return Made(batch, _patient(lambda: embed(pieces, self._goal)), note)

    def _store(self, made: Sequence[Made]) -> None:
        pieces = [piece for one in made for document in one.documents for piece in document]
        vectors = np.concatenate([one.vectors for one in made])
        with self._system.latch.storing():
            self._system.lake.chunks.append(pieces, vectors, space=self._goal.space)
        for one in made:
            one.note.unlink(missing_ok=True)
        self._chunks += len(pieces)
        self._done += sum(len(one.documents) for one in made)


def _keep(made: Iterable[Future[Made]], writer: Writer) -> None:
    """Write what was made, then raise what failed: what is paid for is not thrown away."""
    failed: BaseException | None = None
    for future in as_completed(made):
        error = future.exception()
        if error is None:
            writer.take([future.result()])
        failed = failed or error
    if failed is not None:
        raise failed


def _patient(send: Callable[[], Vectors]) -> Vectors:
    """Send again after a while what failed for a passing reason."""
    for attempt in range(1, ATTEMPTS):
        try:
            return send()
        except PASSING as e:
            time.sleep(min(e.retry_after or 0.25 * 2**attempt, LONGEST_PAUSE))
    return send()


class Turns:
    """Lets so many chunks a second go; 0 lets all go.

    >>> Turns(0).take(1_000_000)
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = time.monotonic()
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Wait until ``count`` more may go."""
        if not self._rate:
            return
        with self._lock:
            start = max(self._free, time.monotonic())
            self._free = start + count / self._rate
        time.sleep(max(0.0, start - time.monotonic()))
