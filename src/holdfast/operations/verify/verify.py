"""Whether everything that is recorded is there, and is what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from holdfast.domain.document import Space
from holdfast.domain.moment import Cut
from holdfast.errors import CorruptionError, HoldfastError, NotFoundError
from holdfast.operations.build import space_of, target_of
from holdfast.operations.erase.erase import BEGUN, Erasures
from holdfast.operations.retention.clean import pinned
from holdfast.operations.system import System
from holdfast.operations.verify.rebuild import check_makeable, recomputed, sources
from holdfast.pipeline.prepare import Target, cut
from holdfast.store.lake import canonical, corpus
from holdfast.store.lake.collect import documents_referred_to
from holdfast.store.ledger import chain
from holdfast.store.ledger.as_of import View
from holdfast.store.releases.catalog import DEPLOYED

BATCH = 256
LEDGER, BLOBS, DOCUMENTS, CORPUS, CHUNKS, INDEX = (
    "ledger",
    "blobs",
    "documents",
    "corpus",
    "chunks",
    "index",
)


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not what it was. ``what`` is one of the checks, ``name`` the thing."""

    what: str
    name: str
    problem: str
    space: Space | None = None
    repaired: str = ""
    """What was done about it; empty: nothing could be, or was asked for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing that was looked at."""

    what: str
    looked: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and every damage."""

    checks: tuple[Check, ...]
    damage: tuple[Damage, ...]
    hash: str
    """Of the ledger's newest commit: it stands for all of the history. Keep it elsewhere."""

    @property
    def sound(self) -> bool:
        return all(one.repaired for one in self.damage)


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` things of a kind; a total of 0 is not known before."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]
Thing = TypeVar("Thing")


def verify(system: System, *, progress: Tell = lambda _: None) -> Verified:
    """Look at the ledger, blobs, documents, corpora, chunks and search indexes; change nothing.

    Everything that an event of any timeline refers to must be there, whatever shows it; chunks
    must be those that their documents make, for the release deployed at the head of every
    environment and at every snapshot.
    """
    return Verifier(system, progress).verify()


class Verifier:
    """The checks of one look."""

    def __init__(self, system: System, progress: Tell) -> None:
        self._system = system
        self._tell = progress
        self._checks: list[Check] = []
        self._damage: list[Damage] = []

    def verify(self) -> Verified:
        """All checks, in order; a ledger that is not what it was ends them."""
        self._tell(Progress(LEDGER, 0, 0))
        try:
            found = chain.verify(self._system.ledger)
        except CorruptionError as e:
            return Verified((), (Damage(LEDGER, "chain", str(e)),), "")
        told = f"{found.events:,} events"
        if found.erased:
            told += f", {found.erased:,} of them erased on request"
        stopped = sum(one.status == BEGUN for one in Erasures(self._system).all())
        if stopped:
            told += f"; {stopped:,} erasures are not finished: holdfast erase --resume"
        self._checks.append(Check(LEDGER, found.commits, told))
        self._blobs()
        self._documents()
        self._corpora()
        self._chunks()
        self._index()
        return Verified(tuple(self._checks), tuple(self._damage), found.hash)

    def _blobs(self) -> None:
        blobs = self._system.blobs
        try:
            wanted = pinned(self._system)
        except (CorruptionError, NotFoundError) as e:
            wanted = set()
            self._found(BLOBS, "release", str(e))
        there = set(blobs.digests())
        for name in self._counted(BLOBS, sorted(wanted | there)):
            try:
                blobs.get(name)
            except HoldfastError as e:
                self._found(BLOBS, name, str(e))
        self._checks.append(Check(BLOBS, len(wanted | there), f"{len(wanted):,} referred to"))

    def _documents(self) -> None:
        documents = self._system.lake.documents
        wanted = sorted(documents_referred_to(self._system.ledger))
        there = documents.digests()
        for name in wanted:
            if name not in there:
                self._found(DOCUMENTS, name, "is not in the lake; restore it from a backup")
        batches = _batches(sorted(there))
        for batch in self._counted(DOCUMENTS, batches):
            try:
                documents.get(batch)
            except CorruptionError:
                self._each(batch)
        self._checks.append(Check(DOCUMENTS, len(there), f"{len(wanted):,} referred to"))

    def _each(self, batch: list[str]) -> None:
        for name in batch:
            try:
                self._system.lake.documents.get([name])
            except CorruptionError as e:
                self._found(DOCUMENTS, name, str(e))

    def _corpora(self) -> None:
        snapshots = {f"snapshot {s.name}": s.corpus for s in self._system.timelines.snapshots()}
        for name, at in self._counted(CORPUS, self._cuts):
            view = View(self._system.ledger, at)
            state = corpus.state(view)
            paths = {entry.key: entry.value["document"] for entry in view.scan("documents")}
            if recomputed(paths) != state.digest or len(paths) != state.documents:
                self._found(
                    CORPUS,
                    name,
                    f"the digest recorded as of {at} is not that of its {len(paths)} documents",
                )
            elif snapshots.get(name, state.digest) not in (state.digest, ""):
                self._found(CORPUS, name, f"the snapshot's digest is not that of {at}")
        self._checks.append(Check(CORPUS, len(self._cuts), "environments and snapshots"))

    def _chunks(self) -> None:
        rows = 0
        for space in self._system.lake.spaces.known():
            try:
                bad = self._system.lake.spaces.damaged(space)
                rows += sum(len(part.rows) for part in self._system.lake.chunks.columns(space))
            except CorruptionError as e:
                self._found(CHUNKS, "", str(e), space)
                continue
            for document, problem in bad.items():
                self._found(CHUNKS, document, problem, space)
        for space, documents in self._wanted.items():
            if not any(one.space == space and not one.name for one in self._damage):
                self._prepared(space, documents)
        self._checks.append(Check(CHUNKS, rows, f"{len(self._wanted):,} spaces in use"))

    def _prepared(self, space: Space, documents: set[str]) -> None:
        """Whether live documents have the chunks that they make."""
        known = {one.name for one in self._damage if one.space == space or one.what == DOCUMENTS}
        there = self._system.lake.chunks.documents(space)
        for name in sorted(documents - there):
            self._found(CHUNKS, name, "is live, but has no chunks", space)
        goal = self.goal(space)
        held = sorted((documents & there) - known)
        if goal is None or not held:
            return
        stored = canonical.stored(self._system.lake.chunks, space, documents=held)
        kept = {name: canonical.passages(chunks) for name, chunks, _ in stored}
        for batch in self._counted(CHUNKS, _batches(held)):
            for document in sources(batch, system=self._system):
                if kept.get(document.digest) != canonical.passages(cut(document, goal)[1]):
                    problem = "its chunks are not those that it is cut into"
                    self._found(CHUNKS, document.digest, problem, space)

    def goal(self, space: Space) -> Target | None:
        """What makes the chunks of a space; ``None`` when this version cannot."""
        try:
            made = target_of(space, system=self._system)
            check_makeable(made, system=self._system)
        except HoldfastError:
            return None
        return made

    def wanted(self, space: Space) -> set[str]:
        """The documents that are live where a space answers."""
        known: dict[Space, set[str]] = self._wanted
        return known.get(space, set())

    def _index(self) -> None:
        looked = 0
        for space in self._wanted:
            if any(one.space == space for one in self._damage):
                continue
            count, wrong = self._system.search(space).inspect()
            looked += count
            for name in wrong:
                self._found(INDEX, name, "is not what the lake's chunks make", space)
        for name, at in self._cuts:
            view = View(self._system.ledger, at)
            live = {entry.key: entry.value["document"] for entry in view.scan("documents")}
            for space in self._spaces_at(view):
                looked += 1
                if self._system.search(space).live(at).by_path() != live:
                    self._found(INDEX, name, "its live documents are not the ledger's", space)
        self._checks.append(Check(INDEX, looked, "segments and lists of live documents"))

    @cached_property
    def _cuts(self) -> list[tuple[str, Cut]]:
        heads = self._system.timelines.heads().items()
        named = self._system.timelines.snapshots()
        return [(name, head.cut) for name, head in heads] + [
            (f"snapshot {snapshot.name}", snapshot.cut) for snapshot in named
        ]

    @cached_property
    def _wanted(self) -> dict[Space, set[str]]:
        """The spaces that answer somewhere, and the documents that are live there."""
        wanted: dict[Space, set[str]] = {}
        for _, at in self._cuts:
            view = View(self._system.ledger, at)
            live = {entry.value["document"] for entry in view.scan("documents")}
            for space in self._spaces_at(view):
                wanted.setdefault(space, set()).update(live)
        return wanted

    def _spaces_at(self, view: View) -> list[Space]:
        deployed = view.get("releases", DEPLOYED)
        if deployed is None:
            return []
        try:
            return [space_of(deployed.value["release"], blobs=self._system.blobs)]
        except HoldfastError:
            return []  # Its blobs are damaged, and named as such.

    def _counted(self, what: str, things: Iterable[Thing]) -> Iterator[Thing]:
        listed = list(things)
        for done, thing in enumerate(listed):
            self._tell(Progress(what, done, len(listed)))
            yield thing

    def _found(self, what: str, name: str, problem: str, space: Space | None = None) -> None:
        self._damage.append(Damage(what, name, problem, space))


def _batches(names: list[str]) -> list[list[str]]:
    return [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
