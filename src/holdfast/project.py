"""A project: the verbs, bound to one wired system. Command line, server and Python all use it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from holdfast.domain.decision import Decision
from holdfast.domain.event import STORES, Entry, Move, Snapshot
from holdfast.domain.moment import Cut, Head
from holdfast.errors import UsageError
from holdfast.operations import find
from holdfast.operations.system import System
from holdfast.pipeline import queue
from holdfast.ports.ledger import Query
from holdfast.settings import Settings
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

if TYPE_CHECKING:
    from holdfast.domain.document import Document
    from holdfast.operations.ask import Answering, Asker
    from holdfast.operations.deploy import Deployment
    from holdfast.operations.diff import StateDiff
    from holdfast.operations.evaluate.dataset import Datasets
    from holdfast.operations.ingest import Ingestion, Progress
    from holdfast.operations.log import Line
    from holdfast.operations.replay import Replay
    from holdfast.operations.retention.clean import Cleaning
    from holdfast.operations.retrieve import Retrieved
    from holdfast.operations.rollback import Plan, Rollback
    from holdfast.operations.show import Shown
    from holdfast.operations.sources import Source
    from holdfast.pipeline.ingest import Outcome
    from holdfast.pipeline.question import Question
    from holdfast.pipeline.runtime import Runtime
    from holdfast.ports.model import Sampling
    from holdfast.store.releases.diff import ComponentDiff

RUNTIMES = 8
"""Releases that are kept ready to answer."""


class Project:
    """One project folder with its whole state. Open it with ``holdfast.open``.

    Every method takes ``environment``; the default is the project's own. Moments are texts:
    ``@1234``, a timestamp or phrase, a snapshot's name, a release's or decision's id, ``~N`` after
    any of them. A project may be used from several threads, and several processes may have the
    same project open. Use it as a context manager, or call ``close``.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._runtimes: OrderedDict[str, Runtime] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Flush and close the stores."""
        self._system.close()

    @property
    def root(self) -> Path:
        return self._system.root

    @property
    def settings(self) -> Settings:
        return self._system.settings

    @property
    def environment(self) -> str:
        """The environment that is meant when none is given."""
        return self.settings.project.environment

    @property
    def datasets(self) -> Datasets:
        """Cases with what is known of good answers."""
        from holdfast.operations.evaluate.dataset import Datasets

        return Datasets(self._system)

    @property
    def system(self) -> System:
        """The wired parts, for the rooms that are loaded at need: ``Evaluations``."""
        return self._system

    # Answering

    def ask(
        self,
        text: str,
        *,
        session: str = "",
        environment: str | None = None,
        at: str | None = None,
        sampling: Sampling | None = None,
    ) -> Decision:
        """Answer a question from the documents; the decision is recorded before it is returned.

        With ``at``, says what would have been answered at that moment and records nothing.
        """
        from holdfast.pipeline.question import Question

        question = Question(
            text, environment or self.environment, session=session, sampling=sampling
        )
        return self.decide(question, at=at)

    def decide(self, question: Question, *, at: str | None = None) -> Decision:
        """``ask`` with everything that a question may carry."""
        return self._asker.ask(question, at=at)

    @cached_property
    def _asker(self) -> Asker:
        from holdfast.operations.ask import Asker

        return Asker(self._system, self.runtime)

    def stream(self, question: Question) -> Answering:
        """The answer in pieces as it is safe to show, then the recorded decision."""
        return self._asker.stream(question)

    def retrieve(
        self,
        text: str,
        *,
        environment: str | None = None,
        at: str | None = None,
        limit: int = 10,
    ) -> Retrieved:
        """What a question would find, without answering it."""
        from holdfast.operations.retrieve import retrieve

        name = environment or self.environment
        view = self._system.view(name, at)
        ready = self.runtime(catalog.deployed(view, environment=name))
        search = self._system.search(ready.space)
        return retrieve(text, runtime=ready, view=view, search=search, limit=limit)

    def sources(self, decision: Decision) -> tuple[Source, ...]:
        """The passages an answer was given, with the paths their documents had then."""
        from holdfast.operations.sources import sources

        stamp = decision.stamp
        view = View(self._system.ledger, stamp.cut)
        return sources(stamp.hits[: stamp.used], view=view)

    def feedback(
        self,
        decision: str,
        verdict: str,
        *,
        correction: str = "",
        environment: str | None = None,
    ) -> int:
        """Record what somebody thought of an answer: up, down or correct. Returns the tick."""
        from holdfast.operations.feedback import feedback

        return feedback(
            self._system,
            decision,
            verdict=verdict,
            correction=correction,
            environment=environment,
        )

    # Documents

    def ingest(
        self,
        source: str | Path | None = None,
        *,
        prefix: str = "",
        sync: bool = False,
        environment: str | None = None,
        reason: str = "",
        dry_run: bool = False,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Ingestion:
        """Bring a folder or file in; only what changed is worked on. ``sync`` also removes."""
        from holdfast.operations.ingest import Selection, ingest

        place = Path(source) if source is not None else self.root / self.settings.documents.path
        return ingest(
            self._system,
            environment or self.environment,
            selection=Selection(place, prefix, sync),
            reason=reason,
            dry_run=dry_run,
            progress=progress,
        )

    def enqueue(
        self,
        documents: Sequence[tuple[str, Document]],
        *,
        environment: str | None = None,
        force: bool = False,
    ) -> list[str]:
        """Put documents (path, content) on the queue, durably; ``drain`` brings them in."""
        from holdfast.operations.ingest import enqueue

        name = environment or self.environment
        return enqueue(self._system, name, documents=documents, force=force)

    def drain(
        self,
        *,
        environment: str | None = None,
        progress: Callable[[Outcome], None] = lambda _: None,
    ) -> int:
        """Work the queue down once; returns how many documents were worked on.

        ``progress`` is called between batches; what it raises stops the work cleanly.
        """
        from holdfast.operations.ingest import drain

        return drain(self._system, environment or self.environment, progress=progress)

    def remove(
        self,
        paths: Sequence[str],
        *,
        environment: str | None = None,
        reason: str = "",
        force: bool = False,
    ) -> None:
        """Take documents out of the corpus."""
        from holdfast.operations.ingest import remove

        name = environment or self.environment
        remove(self._system, name, paths=paths, reason=reason, force=force)

    def documents(
        self, *, environment: str | None = None, at: str | None = None
    ) -> list[dict[str, Any]]:
        """The live documents: path, document digest, media type, title, bytes."""
        view = self._system.view(environment or self.environment, at)
        return [{"path": entry.key, **entry.value} for entry in view.scan("documents")]

    def queue(
        self, *, environment: str | None = None, at: str | None = None, status: str | None = None
    ) -> list[queue.Item]:
        """The ingestion queue. Raises ``UsageError`` for a status that is none."""
        if status is not None and status not in queue.STATUSES:
            raise UsageError(f"no status {status!r}; use one of {', '.join(queue.STATUSES)}")
        view = self._system.view(environment or self.environment, at)
        return [queued.item for queued in queue.items(view, status=status)]

    # Releases

    def deploy(
        self,
        release: str | None = None,
        *,
        environment: str | None = None,
        reason: str = "",
        dry_run: bool = False,
        force: bool = False,
    ) -> Deployment:
        """Make the folder's release (or a stored one) answer."""
        from holdfast.operations.deploy import deploy

        return deploy(
            self._system,
            environment or self.environment,
            release=release,
            reason=reason,
            dry_run=dry_run,
            force=force,
        )

    def deployed(self, *, environment: str | None = None, at: str | None = None) -> str:
        """Digest of the release that answers. Raises ``StateError`` if there is none."""
        name = environment or self.environment
        return catalog.deployed(self._system.view(name, at), environment=name)

    def releases(
        self, *, environment: str | None = None, at: str | None = None
    ) -> list[dict[str, Any]]:
        """Deployments on an environment's ancestry, newest first."""
        return [
            {"release": entry.value["release"], **happened}
            for entry, happened in self._past("releases", catalog.DEPLOYED, environment, at)
        ]

    def prompts(
        self, name: str | None = None, *, environment: str | None = None, at: str | None = None
    ) -> list[dict[str, Any]]:
        """The history of the prompts (or of one): who deployed which version when, and why."""
        return [
            {"prompt": entry.key, **(entry.value or {"digest": None}), **happened}
            for entry, happened in self._past("prompts", name, environment, at)
        ]

    def _past(
        self, store: str, key: str | None, environment: str | None, at: str | None
    ) -> Iterator[tuple[Entry, dict[str, Any]]]:
        """What a store's keys became, newest first, with who did it, when and why."""
        cut = self._system.view(environment or self.environment, at).cut
        query = Query(store=store, key=key, within=cut, newest_first=True)
        for commit, entry in self._system.ledger.history(query):
            told = ("tick", "at", "actor", "reason")
            yield entry, {name: getattr(commit, name) for name in told}

    def runtime(self, release: str) -> Runtime:
        """A stored release by full digest, ready to answer; recent ones are kept."""
        from holdfast.operations.build import runtime

        with self._lock:
            if release in self._runtimes:
                self._runtimes.move_to_end(release)
                return self._runtimes[release]
        made = runtime(release, system=self._system)
        with self._lock:
            self._runtimes[release] = made
            while len(self._runtimes) > RUNTIMES:
                self._runtimes.popitem(last=False)
        return made

    # Time

    def head(self, environment: str | None = None) -> Head:
        """Where an environment is now."""
        return self._system.head(environment or self.environment)

    def environments(self) -> dict[str, Head]:
        """Every environment and where it is."""
        return self._system.timelines.heads()

    def moves(self, environment: str | None = None) -> list[Move]:
        """Which timelines an environment has headed, oldest first."""
        return self._system.timelines.moves(environment or self.environment)

    def cut(self, moment: str, *, environment: str | None = None) -> Cut:
        """The cut that a moment means."""
        return self._system.cut(environment or self.environment, moment)

    def rollback(
        self,
        to: str,
        *,
        environment: str | None = None,
        reason: str = "",
        arrivals: str = "leave",
        operation: str = "",
    ) -> Rollback:
        """Take everything back to a moment, in one transaction."""
        from holdfast.operations.rollback import rollback

        return rollback(
            self._system,
            environment or self.environment,
            to=to,
            reason=reason,
            arrivals=arrivals,
            operation=operation,
        )

    def plan_rollback(self, to: str, *, environment: str | None = None) -> Plan:
        """What ``rollback`` would change."""
        from holdfast.operations.rollback import plan

        return plan(self._system, environment or self.environment, to=to)

    def fork(self, source: str, name: str, *, at: str | None = None, reason: str = "") -> Cut:
        """Make an environment that starts as a full copy of another; copies nothing."""
        from holdfast.operations.fork import fork

        return fork(self._system, source, name=name, at=at, reason=reason)

    def snapshot(
        self,
        name: str,
        *,
        environment: str | None = None,
        at: str | None = None,
        reason: str = "",
    ) -> Snapshot:
        """Name a moment."""
        from holdfast.operations.snapshot import snapshot

        return snapshot(
            self._system, environment or self.environment, name=name, at=at, reason=reason
        )

    def snapshots(self) -> list[Snapshot]:
        """All named moments."""
        return self._system.timelines.snapshots()

    # Explaining

    def decision(self, name: str) -> Decision:
        """A recorded decision by id or the beginning of it, also of abandoned timelines."""
        return find.decision(name, ledger=self._system.ledger)

    def replay(self, decision: str) -> Replay:
        """Rebuild an answer stage by stage from its stamp."""
        from holdfast.operations.replay import replay

        return replay(self._system, decision, runtimes=self.runtime)

    def log(
        self,
        *,
        environment: str | None = None,
        at: str | None = None,
        limit: int = 30,
        store: str | None = None,
        operation: str | None = None,
        everything: bool = False,
    ) -> list[Line]:
        """Changes, newest first; ``everything`` includes abandoned timelines."""
        from holdfast.operations.log import log

        if store is not None and store not in STORES:
            raise UsageError(f"no store {store!r}; the stores are {', '.join(STORES)}")
        cut = self._system.view(environment or self.environment, at).cut
        query = Query(store=store, within=None if everything else cut, newest_first=True)
        return log(self._system.ledger, query, limit=limit, operation=operation)

    def show(self, name: str, *, environment: str | None = None, at: str | None = None) -> Shown:
        """Any object by its id."""
        from holdfast.operations.show import show

        view = self._system.view(environment or self.environment, at)
        return show(self._system, view, name=name)

    def diff(
        self, before: str, after: str = "head", *, environment: str | None = None
    ) -> StateDiff:
        """What differs between two moments (an environment's name is its head)."""
        from holdfast.operations.diff import compare

        name = environment or self.environment
        views = [self._system.view(name, moment) for moment in (before, after)]
        return compare(views[0], views[1], system=self._system)

    def diff_releases(self, before: str, after: str) -> tuple[ComponentDiff, ...]:
        """What differs between two releases."""
        from holdfast.store.releases.diff import diff

        ledger, blobs = self._system.ledger, self._system.blobs
        parts = [
            catalog.components(catalog.find(name, ledger=ledger), blobs=blobs)
            for name in (before, after)
        ]
        return diff(parts[0], parts[1])

    def entries(
        self,
        store: str,
        *,
        environment: str | None = None,
        at: str | None = None,
        prefix: str = "",
        limit: int | None = None,
    ) -> list[Entry]:
        """The live entries of any store of the ledger."""
        view = self._system.view(environment or self.environment, at)
        return view.scan(store, prefix=prefix, limit=limit)

    def events(self, store: str, *, within: Cut, after: int = 0) -> list[Entry]:
        """What a store's keys became after a tick, as a cut shows it, oldest first."""
        query = Query(store=store, within=within, after=after)
        return [entry for _, entry in self._system.ledger.history(query)]

    def clean(self, *, dry_run: bool = False) -> Cleaning:
        """Collect what no event of any timeline refers to."""
        from holdfast.operations.retention.clean import clean

        return clean(self._system, dry_run=dry_run)

    def warm(self, environment: str | None = None) -> None:
        """Load what the first question would have to load."""
        view = self._system.view(environment or self.environment)
        deployed = view.get("releases", catalog.DEPLOYED)
        if deployed is not None:
            ready = self.runtime(deployed.value["release"])
            vector = ready.embedder.embed(["warm"])[0]
            self._system.search(ready.space).search("warm", vector, at=view.cut, depth=1)
