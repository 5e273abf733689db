"""Answer from the old column while its embedder is gone: questions reach it through an adapter.

The new embedder embeds the question, and a linear map turns the vector into the old column's space
(Drift-Adapter, arXiv 2509.23471). The map is learned from passages that have both vectors: the old
ones are stored, the new ones the backfill makes, so the old embedder is not needed. On passages
held out it is measured how many of the exact ten nearest it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import JsonObject, digest_bytes
from holdfast.domain.document import Space
from holdfast.domain.migration import BACKFILL, VERIFIED, Migration
from holdfast.errors import ProviderError, StateError
from holdfast.operations.build import target_of
from holdfast.operations.deploy import Order, put
from holdfast.operations.migrate.backfill import Pace, Progress, backfill
from holdfast.operations.migrate.compare import moved, under_way
from holdfast.operations.migrate.plan import PROBE, live_documents
from holdfast.operations.system import System
from holdfast.pipeline.adapter import packed, unpacked
from holdfast.statistics.interval import mean_interval
from holdfast.statistics.procrustes import procrustes
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations

PAIRS, DOCUMENTS = 2_000, 100
"""Passages that are embedded first at least, and documents, which are drawn by their digests: a
limit on a mean over a handful of documents says little."""
HELD_OUT = 0.2
"""Share of the documents that nothing is learned from."""
MOST = 20
"""Passages of one of those that are searched for."""
DEPTH = 10
BAR = 0.7
"""Share of the exact ten nearest that the lower limit must reach."""
FEWEST = 2
"""Documents on either side."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What an adapter keeps of the exact ten nearest: a mean over documents with its 95 % limits.

    ``passages`` of ``documents`` were searched for, each among all live ones but itself.
    """

    mean: float
    low: float
    high: float
    passages: int
    documents: int

    def __str__(self) -> str:
        return (
            f"{self.mean:.1%} ({self.low:.1%} to {self.high:.1%}) of the exact ten nearest of "
            f"{self.passages} passages"
        )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Passages in both spaces, a document's together; ``rows`` are those of the old column."""

    documents: NDArray[np.void]
    rows: NDArray[np.int64]
    old: NDArray[np.float32]
    new: NDArray[np.float32]

    def part(self, places: NDArray[np.intp]) -> Pairs:
        """Some of them."""
        return Pairs(self.documents[places], self.rows[places], self.old[places], self.new[places])


def adapt(
    system: System,
    environment: str,
    *,
    pace: Pace | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Recall | None:
    """Deploy an adapter in front of the old column; may be killed at any time and run again.

    ``None`` when the migration was paused meanwhile, or the whole column is filled as soon. Raises
    ``StateError`` where none is needed, none can be learned, or what it keeps is below the bar.
    """
    view = system.view(environment)
    migration = under_way(view, environment)
    if migration.adapter is not None and migration.adapter == _deployed(system, view):
        return Recall(**migration.adapter["recall"])
    _check(system, migration)
    names = sample(system, view, space=migration.source)
    if len(names) == len(live_documents(view)):
        return None
    if backfill(system, environment, pace=pace, only=names, progress=progress).paused:
        return None
    learning, held = split(pairs(system, migration, documents=names))
    data = packed(procrustes(learning.new, learning.old))
    live = live_documents(view)
    found = measured(system, migration.source, held=held, turned=turned(held.new, data), live=live)
    if found.low < BAR:
        raise StateError(
            f"an adapter keeps {found}, and {BAR:.0%} must be sure; nothing was deployed: "
            "'holdfast migrate resume' fills the column without it, then comes the cutover"
        )
    adapter = {
        "embedder": migration.target.embedder,
        "map": digest_bytes(data),
        "pairs": len(learning.rows),
        "recall": asdict(found),
    }
    _deploy(system, environment, adapter=adapter, data=data, told=f"an adapter keeps {found}")
    return found


def sample(system: System, view: View, *, space: Space) -> list[str]:
    """Live documents that make up enough passages, by digest: as good as drawn at random."""
    names = sorted(live_documents(view))
    sizes = dict.fromkeys(names, 0)
    for columns in system.lake.chunks.columns(space):
        documents, counts = np.unique(columns.documents, return_counts=True)
        for document, count in zip(documents, counts.tolist(), strict=True):
            name = document.tobytes().hex()
            if name in sizes:
                sizes[name] += count
    ends = np.cumsum([sizes[name] for name in names])
    return names[: max(int(np.searchsorted(ends, PAIRS)) + 1, DOCUMENTS)]


def pairs(system: System, migration: Migration, *, documents: Sequence[str]) -> Pairs:
    """The passages of some documents that both columns hold, by document."""
    old, new = (
        _held(system, space, documents=documents) for space in (migration.source, migration.target)
    )
    ids = sorted(old.keys() & new.keys(), key=lambda name: (old[name][0], name))
    return Pairs(
        np.array([old[name][0] for name in ids], "V32"),
        np.array([old[name][1] for name in ids], np.int64),
        np.array([old[name][2] for name in ids], np.float32),
        np.array([new[name][2] for name in ids], np.float32),
    )


def split(both: Pairs) -> tuple[Pairs, Pairs]:
    """What a map is learned from and what it is measured on, no document in both."""
    begins = np.append(True, both.documents[1:] != both.documents[:-1])[: len(both.rows)]
    of = np.cumsum(begins) - 1
    count = int(begins.sum())
    first = round(count * (1 - HELD_OUT))
    if min(first, count - first) < FEWEST:
        raise StateError(
            f"{count} documents are too few to learn an adapter from; 'holdfast migrate resume' "
            "fills the column without it"
        )
    within = np.arange(len(of)) - np.flatnonzero(begins)[of]
    held = np.flatnonzero((of >= first) & (within < MOST))
    return both.part(np.flatnonzero(of < first)), both.part(held)


def turned(vectors: NDArray[np.float32], data: bytes) -> NDArray[np.float32]:
    """Vectors as a stored map turns them, of unit length."""
    found = vectors @ unpacked(data)
    unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-12)
    return unit


def measured(
    system: System,
    space: Space,
    *,
    held: Pairs,
    turned: NDArray[np.float32],
    live: Collection[str],
) -> Recall:
    """How many of the exact ten nearest passages the adapted vectors find, each document once."""
    exact = _nearest(system, space, held.old, own=held.rows, live=live)
    found = _nearest(system, space, turned, own=held.rows, live=live)
    kept = [len(set(a) & set(b)) / len(a) for a, b in zip(exact, found, strict=True)]
    _, of = np.unique(held.documents, return_inverse=True)
    means = np.bincount(of, weights=kept) / np.bincount(of)
    limits = mean_interval(means, bounds=(0.0, 1.0))
    low, high = max(limits.low, 0.0), min(limits.high, 1.0)
    mean, low, high = (round(float(value), 4) for value in (limits.estimate, low, high))
    return Recall(mean, low, high, len(kept), len(means))


def _check(system: System, migration: Migration) -> None:
    if migration.stage not in (BACKFILL, VERIFIED):
        raise StateError(f"migration {migration.id} is cut over: no adapter is needed")
    if migration.source.preprocessing != migration.target.preprocessing:
        raise StateError(
            "an adapter is learned from passages that both sides hold, and this migration cuts "
            "documents another way too; leave the chunking as it is, or go on without --adapter"
        )
    try:
        target_of(migration.source, system=system).embedder.embed([PROBE])
    except ProviderError:
        return
    raise StateError(
        "the old embedder answers, so no adapter is needed: questions are embedded as ever; "
        "'holdfast migrate resume' goes on"
    )


def _deployed(system: System, view: View) -> JsonObject | None:
    release = catalog.deployed(view, environment="")
    adapter: JsonObject | None = catalog.components(release, blobs=system.blobs)["retrieval"].get(
        "adapter"
    )
    return adapter


def _deploy(
    system: System, environment: str, *, adapter: JsonObject, data: bytes, told: str
) -> None:
    """One change, as the cutover; by force, as nothing else can be asked meanwhile."""
    view = system.view(environment)
    migration = under_way(view, environment)
    entry = view.get(migrations.STORE, migration.id)
    with_it = Migration.from_json(migration.json() | {"adapter": adapter})
    order = Order(
        reason=f"migration {migration.id}: {told}",
        force=True,
        beside=(migrations.event(with_it),),
        expects=(migrations.expect(with_it, entry),),
        blobs=(data,),
    )
    components = moved(view, migration.source, system=system, adapter=adapter)
    put(system, environment, components=components, order=order)


def _held(
    system: System, space: Space, *, documents: Sequence[str]
) -> dict[bytes, tuple[bytes, int, NDArray[np.float16]]]:
    """By chunk: its document, row and vector."""
    wanted = _raw(documents)
    found = {}
    for columns in system.lake.chunks.columns(space):
        for place in np.flatnonzero(np.isin(columns.documents, wanted)).tolist():
            found[columns.ids[place].tobytes()] = (
                columns.documents[place].tobytes(),
                int(columns.rows[place]),
                columns.vectors[place],
            )
    return found


def _nearest(
    system: System,
    space: Space,
    vectors: NDArray[np.float32],
    *,
    own: NDArray[np.int64],
    live: Collection[str],
) -> list[list[int]]:
    """For each vector the rows of the nearest live passages but its own, exactly."""
    wanted = _raw(live)
    best = [(np.empty(0, np.float32), np.empty(0, np.int64))] * len(vectors)
    for columns in system.lake.chunks.columns(space):
        shown = np.flatnonzero(np.isin(columns.documents, wanted))
        rows = columns.rows[shown]
        found = vectors @ columns.vectors[shown].astype(np.float32).T
        found[rows == own[:, np.newaxis]] = -np.inf
        best = [
            _best(np.append(scores, more), np.append(held, rows))
            for (scores, held), more in zip(best, found, strict=True)
        ]
    return [rows.tolist() for _, rows in best]


def _best(
    scores: NDArray[np.float32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The highest scores with their rows; of equal ones the first row."""
    if len(scores) > DEPTH:
        edge = np.partition(scores, -DEPTH)[-DEPTH]
        near = np.flatnonzero(scores >= edge)
        near = near[np.argsort(-scores[near], kind="stable")][:DEPTH]
        scores, rows = scores[near], rows[near]
    return scores, rows


def _raw(digests: Collection[str]) -> NDArray[np.void]:
    return np.frombuffer(bytes.fromhex("".join(sorted(digests))), "V32")
