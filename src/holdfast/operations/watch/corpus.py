"""What moved in the documents between two moments, and what that means for answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Space
from holdfast.evaluation.entailment.judge import Judge
from holdfast.observation.drift.collision import Collision, collisions
from holdfast.observation.drift.corpus import Meaning, Piece, meanings, overlap
from holdfast.observation.drift.seen import Seen, newest
from holdfast.operations import diff as diffing
from holdfast.operations.ask import Asker
from holdfast.operations.build import space_of
from holdfast.operations.evaluate.evaluate import load_suite
from holdfast.operations.recover.again import Again, ask_again
from holdfast.operations.system import System
from holdfast.pipeline.question import Question
from holdfast.pipeline.runtime import Runtime
from holdfast.statistics.require import Floats
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog

__all__ = ["CorpusDrift", "Reasked", "Side", "corpus", "side_of"]

MOST = 20_000
"""Passages of a moment that are looked at, spread over all."""
RECENT = 1_000
"""Decisions that say what is retrieved, the newest."""
ALWAYS = 0.8
"""Share of decisions from which a document is found always."""
FAR = 3.0
"""Deviations below what questions usually find, from which the corpus has no answer."""
LEAST_SPREAD = 0.03
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reasked:
    """A recent decision that rested on a document that changed, asked again now."""

    decision: str
    question: str
    paths: tuple[str, ...]
    before: str
    now: str

    @property
    def changed(self) -> bool:
        return self.before != self.now


@dataclass(frozen=True, slots=True)
class CorpusDrift:
    """Two moments of a corpus, compared."""

    added: int
    removed: int
    changed: int
    passages: tuple[int, int]
    meanings: tuple[Meaning, ...]
    collisions: tuple[Collision, ...]
    neighbours: float | None
    """Overlap of documents' neighbours in both spaces; None where it is one space."""
    never: tuple[str, ...]
    """Paths that no recent decision was given."""
    always: tuple[str, ...]
    unanswerable: tuple[str, ...]
    """Recent questions that are far from everything, the farthest first."""
    decisions: int
    """Recent decisions that this rests on."""
    resting: int
    """Of those, the ones that rest on a document that changed."""
    reasked: tuple[Reasked, ...]
    golden: Again | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked again: so many decisions, and the touched cases of a suite."""

    decisions: int = SHOWN
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """The passages of a moment, and the vectors that they have in its space."""

    view: View
    space: Space
    pieces: list[Piece]
    vectors: Floats


def corpus(
    system: System,
    before: str,
    *,
    after: str = "head",
    environment: str | None = None,
    wanted: Wanted | None = None,
    runtimes: Callable[[str], Runtime],
) -> CorpusDrift:
    """Compare the documents of two moments; records nothing.

    Raises:
        StateError: a moment at which no release is deployed.
        MomentError: a moment that is none.
    """
    name = environment or system.settings.project.environment
    ask = wanted or Wanted()
    old, new = (side_of(system, moment, environment=name) for moment in (before, after))
    documents = diffing.compare(old.view, new.view, system=system).documents
    kinds = [one.kind for one in documents]
    recent = newest(system.ledger, name, most=RECENT, until=new.view.cut.tick)
    touched = {one.before for one in documents if one.before}
    resting = [row for row in recent if touched & set(row.fact.documents)]
    live = {entry.key for entry in new.view.scan("documents")}
    found = [{hit.path for hit in row.found} for row in recent]
    return CorpusDrift(
        added=kinds.count("added"),
        removed=kinds.count("removed"),
        changed=kinds.count("changed"),
        passages=(len(old.pieces), len(new.pieces)),
        meanings=_meanings(old, new),
        collisions=collisions(new.pieces, vectors=new.vectors, support=Judge(system.reader())),
        neighbours=None if old.space == new.space else _overlap(old, new),
        never=tuple(sorted(live - set().union(*found))) if recent else (),
        always=tuple(path for path in sorted(live) if _always(path, found)),
        unanswerable=_unanswerable(recent),
        decisions=len(recent),
        resting=len(resting),
        reasked=_reasked(Asker(system, runtimes), resting, at=after, most=ask.decisions),
        golden=None
        if not ask.suite
        else ask_again(
            system,
            load_suite(system, ask.suite),
            environment=name,
            cuts=(old.view.cut, new.view.cut),
            # What is new may touch any question.
            touched=None if "added" in kinds else touched,
            runtimes=runtimes,
        ),
    )


def side_of(system: System, moment: str, *, environment: str) -> Side:
    """The live passages of a moment, at most ``MOST`` of them, spread over all.

    Raises:
        StateError: a moment at which no release is deployed.
        MomentError: a moment that is none.
    """
    view = system.view(environment, moment)
    space = space_of(catalog.deployed(view, environment=environment), blobs=system.blobs)
    paths = {entry.value["document"]: entry.key for entry in view.scan("documents")}
    live = np.array([bytes.fromhex(one) for one in sorted(paths)], dtype="V32")
    rows: list[int] = []
    vectors: list[Floats] = []
    for batch in system.lake.chunks.columns(space):
        shown = np.isin(batch.documents, live)
        rows += batch.rows[shown].tolist()
        vectors.append(batch.vectors[shown].astype(np.float32))
    step = max(1, -(-len(rows) // MOST))
    chunks = system.lake.chunks.take(rows[::step], space=space)
    # Not by chunk: a document that changed in one place has none of the chunks that it had.
    pieces = [
        Piece(digest_bytes(c.text.encode()), paths[c.document], c.title, c.text) for c in chunks
    ]
    held = np.concatenate(vectors) if vectors else np.empty((0, space.dimensions))
    return Side(view, space, pieces, held[::step])


def _meanings(old: Side, new: Side) -> tuple[Meaning, ...]:
    """Vectors of two embedders have no common meaning: then nothing is said of meanings."""
    if old.space != new.space:
        return ()
    both = np.concatenate([old.vectors, new.vectors])
    return meanings(old.pieces, new.pieces, vectors=both)


def _overlap(old: Side, new: Side) -> float:
    """By documents, which both spaces have whatever they were cut into."""
    means = [_by_path(side) for side in (old, new)]
    shared = sorted(means[0].keys() & means[1].keys())
    step = max(1, -(-len(shared) // RECENT))
    chosen = shared[::step]
    if not chosen:
        return 0.0
    before, after = (np.stack([mean[path] for path in chosen]) for mean in means)
    return overlap(before, after)


def _by_path(side: Side) -> dict[str, Floats]:
    sums: dict[str, Floats] = {}
    for piece, vector in zip(side.pieces, side.vectors, strict=True):
        sums[piece.path] = sums.get(piece.path, np.zeros(side.space.dimensions)) + vector
    return sums


def _always(path: str, found: Sequence[set[str]]) -> bool:
    return len(found) > 0 and sum(path in paths for paths in found) >= ALWAYS * len(found)


def _unanswerable(recent: Sequence[Seen]) -> tuple[str, ...]:
    """Questions whose best passage is much farther than those of others."""
    near = np.array([row.found[0].similarity if row.found else 0.0 for row in recent])
    if not near.size:
        return ()
    middle = float(np.median(near))
    spread = 1.4826 * float(np.median(np.abs(near - middle)))
    far = np.flatnonzero(near < middle - FAR * max(spread, LEAST_SPREAD))
    ranked = sorted(far.tolist(), key=lambda place: near[place])
    asked = (recent[place].fact.question for place in ranked if recent[place].fact.told)
    return tuple(dict.fromkeys(asked))[:SHOWN]


def _reasked(asker: Asker, resting: Sequence[Seen], *, at: str, most: int) -> tuple[Reasked, ...]:
    """The newest decisions that rest on what changed, one of each question, answered anew."""
    newest = {row.fact.question: row for row in resting if row.fact.told and row.answer}
    found = []
    for row in list(newest.values())[-most:] if most else ():
        now = asker.ask(Question(row.fact.question, row.fact.environment), at=at)
        paths = tuple(dict.fromkeys(hit.path for hit in row.found))
        found.append(Reasked(row.fact.decision, row.fact.question, paths, row.answer, now.answer))
    return tuple(found)
