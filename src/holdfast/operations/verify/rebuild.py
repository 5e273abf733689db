"""Make chunks, vectors and index again from the documents, and compare digests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from holdfast.domain.document import Chunk, Document, Vectors
from holdfast.domain.moment import Cut
from holdfast.errors import CorruptionError, StateError
from holdfast.operations.build import preprocessing, target
from holdfast.operations.system import System
from holdfast.pipeline.prepare import Target, cut, embed
from holdfast.ports.lake import ChunkColumns
from holdfast.settings import PreprocessingSettings
from holdfast.store.lake import canonical, corpus
from holdfast.store.lake.canonical import Rows
from holdfast.store.lake.sethash import SetHash
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

BATCH = 64
"""Documents that one thread makes again at a time."""
PARTS = ("corpus", "chunks", "vectors", "index")


@dataclass(frozen=True, slots=True)
class Compared:
    """A digest as it is recorded or stored, and as it was made again."""

    part: str
    recorded: str
    rebuilt: str

    @property
    def identical(self) -> bool:
        return self.recorded == self.rebuilt


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made again as of a moment. ``differing``: path and what is not as it was."""

    environment: str
    cut: Cut
    release: str
    documents: int
    chunks: int
    compared: tuple[Compared, ...]
    differing: tuple[tuple[str, str], ...]
    stored: int
    """Documents whose chunks were missing and are in the lake now."""

    @property
    def identical(self) -> bool:
        return not self.differing and all(part.identical for part in self.compared)


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` documents."""

    done: int
    total: int


@dataclass(slots=True)
class _Found:
    """Rows of documents, and the columns an index is made of."""

    rows: dict[str, Rows] = field(default_factory=dict)
    columns: dict[str, ChunkColumns] = field(default_factory=dict)

    def add(self, document: str, chunks: Sequence[Chunk], columns: ChunkColumns) -> None:
        self.rows[document] = canonical.rows(chunks, columns.vectors)
        self.columns[document] = columns


def rebuild(
    system: System,
    environment: str,
    *,
    at: str | None = None,
    threads: int = 1,
    store: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Rebuilt:
    """Prepare every document that is live at a moment anew, as the release of then prepares it.

    Changes nothing, but for ``store``: chunks that the lake does not hold are kept in it, which
    brings a column back that was given up. Raises ``StateError`` when this version cuts documents
    otherwise than the release did, ``CorruptionError`` for a document that is not what its digest
    says.
    """
    view = system.view(environment, at)
    release = catalog.deployed(view, environment=environment)
    components = catalog.components(release, blobs=system.blobs)
    goal = target(components, system=system)
    check_makeable(goal, system=system)
    paths = {entry.key: entry.value["document"] for entry in view.scan("documents")}
    names = sorted(set(paths.values()))
    made = _Found()
    missing = set(names) - system.lake.chunks.documents(goal.space) if store else set()
    for document, chunks, vectors in prepared(names, goal, system=system, threads=threads):
        made.add(document, chunks, canonical.columns(chunks, vectors))
        if document in missing:
            with system.latch.storing():
                system.lake.chunks.append(chunks, vectors, space=goal.space)
        progress(Progress(len(made.rows), len(names)))
    kept = _Found()
    for held in canonical.stored(system.lake.chunks, goal.space, documents=names):
        kept.add(*held)
    differing = {name: _difference(kept.rows.get(name), made.rows[name]) for name in names}
    return Rebuilt(
        environment,
        view.cut,
        release,
        len(names),
        sum(rows.count for rows in made.rows.values()),
        _compared(view, paths, kept=kept, made=made),
        tuple((path, differing[name]) for path, name in sorted(paths.items()) if differing[name]),
        len(missing),
    )


def check_makeable(goal: Target, *, system: System) -> None:
    """Raises ``StateError`` when this version would cut documents in another way."""
    component = json.loads(system.blobs.get(goal.space.preprocessing))
    chunking = {name: component[name] for name in PreprocessingSettings.model_fields}
    settings = system.settings.model_copy(
        update={"preprocessing": PreprocessingSettings(**chunking)}
    )
    own = preprocessing(settings)
    changed = sorted(name for name in component if component[name] != own.get(name))
    if changed:
        raise StateError(
            f"the release was prepared with {changed[0]} {component[changed[0]]!r}, this version "
            f"has {own.get(changed[0])!r}; install what it was made with to make it again"
        )


def prepared(
    names: Sequence[str], goal: Target, *, system: System, threads: int
) -> Iterator[tuple[str, list[Chunk], Vectors]]:
    """Each document's chunks and vectors, made by some threads, in the order of ``names``."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
        waiting = [pool.submit(_batch, batch, goal, system) for batch in batches[: 2 * threads]]
        for after in range(2 * threads, len(batches) + 2 * threads):
            if not waiting:
                return
            yield from waiting.pop(0).result()
            if after < len(batches):
                waiting.append(pool.submit(_batch, batches[after], goal, system))


def _batch(
    names: Sequence[str], goal: Target, system: System
) -> list[tuple[str, list[Chunk], Vectors]]:
    cuts = [cut(document, goal)[1] for document in sources(names, system=system)]
    vectors = embed([piece for pieces in cuts for piece in pieces], goal)
    made, start = [], 0
    for name, pieces in zip(names, cuts, strict=True):
        made.append((name, pieces, vectors[start : start + len(pieces)]))
        start += len(pieces)
    return made


def sources(names: Iterable[str], *, system: System) -> list[Document]:
    """Documents by digest. Raises ``CorruptionError`` for one that is lost."""
    wanted = list(names)
    found = system.lake.documents.get(wanted)
    for name in wanted:
        if name not in found:
            raise CorruptionError(f"document {name!r} is lost; restore the lake from a backup")
    return [found[name] for name in wanted]


def recomputed(paths: dict[str, str]) -> str:
    """The corpus digest of live paths and documents, computed anew."""
    total = SetHash.empty()
    for path, document in paths.items():
        total = total.add([path, document])
    return total.digest


def _compared(
    view: View, paths: dict[str, str], *, kept: _Found, made: _Found
) -> tuple[Compared, ...]:
    return (
        Compared("corpus", corpus.state(view).digest, recomputed(paths)),
        *(
            Compared(part, canonical.together(kept.rows, part), canonical.together(made.rows, part))
            for part in ("chunks", "vectors")
        ),
        Compared("index", canonical.index(kept.columns), canonical.index(made.columns)),
    )


def _difference(kept: Rows | None, made: Rows) -> str:
    if kept is None:
        return "its chunks are not stored"
    if kept.chunks != made.chunks:
        return f"stored are {kept.count} other chunks than the {made.count} made again"
    return "" if kept.vectors == made.vectors else "its vectors are not those made again"
