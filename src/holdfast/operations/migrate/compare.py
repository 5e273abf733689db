"""What the new column finds beside the old one, for the same questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from holdfast.domain.digest import JsonObject
from holdfast.domain.document import Space
from holdfast.domain.event import Change, Event
from holdfast.domain.migration import BACKFILL, VERIFIED, Migration
from holdfast.errors import ConflictError, StateError
from holdfast.operations.build import asker, target
from holdfast.operations.deploy import check_prepared
from holdfast.operations.system import System
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations
from holdfast.store.releases.catalog import Components

SAMPLED = 200
"""Passages that stand for questions where there is no suite."""
DEPTH = 10
LONGEST = 300
"""Characters of a passage that are asked."""
MARGIN = 0.02
"""By how much fewer questions may find their document than before."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text, and the documents of which one should be found for it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides on the same questions, each by its own embedder alone and as served.

    ``overlap`` is the share of the old side's ten best documents that the new side finds too.
    ``before`` and ``after`` are the share of questions for which a relevant document is among the
    ten best hits.
    """

    questions: int
    kind: str
    """``suite`` or ``passages``"""
    overlap: float
    before: float
    after: float
    passed: bool
    migration: Migration


def compare(system: System, environment: str, *, questions: Sequence[Question] = ()) -> Comparison:
    """Ask both sides, and record what came out; changes nothing that answers.

    Raises ``StateError`` while live documents lack their new vectors.
    """
    view = system.view(environment)
    migration = under_way(view, environment)
    check_prepared(view, moved(view, migration.target, system=system), system=system)
    asked = list(questions) or _passages(view, migration.source, system=system)
    sides = (
        before(view, migration, system=system),
        moved(view, migration.target, system=system),
    )
    old, new = (_found(view, components, asked, system=system) for components in sides)
    overlap = float(
        np.mean([len(set(a) & set(b)) / max(len(a), 1) for a, b in zip(old, new, strict=True)])
    )
    recall = [
        float(np.mean([bool(q.relevant & set(hits)) for q, hits in zip(asked, found, strict=True)]))
        for found in (old, new)
    ]
    passed = recall[1] >= recall[0] - MARGIN
    pin(system, view, space=migration.target)
    told = record(
        system,
        environment,
        name=migration.id,
        change=lambda now: replace(
            now,
            stage=VERIFIED if passed and now.stage == BACKFILL else now.stage,
            overlap=round(overlap, 4),
            recall=(round(recall[0], 4), round(recall[1], 4)),
        ),
        reason=f"verify: {'passed' if passed else 'failed'} on {len(asked)} questions",
    )
    kind = "suite" if questions else "passages"
    return Comparison(len(asked), kind, overlap, recall[0], recall[1], passed, told)


def under_way(view: View, environment: str) -> Migration:
    """The migration of an environment. Raises ``StateError`` when there is none."""
    found = migrations.active(view)
    if found is None:
        raise StateError(
            f"{environment!r} has no migration under way; 'holdfast migrate start' begins one"
        )
    return found[0]


def moved(
    view: View, space: Space, *, system: System, adapter: JsonObject | None = None
) -> Components:
    """The deployed release's components, but for how documents and questions are prepared."""
    now = catalog.components(catalog.deployed(view, environment=""), blobs=system.blobs)
    retrieval = {name: value for name, value in now["retrieval"].items() if name != "adapter"}
    if adapter is not None:
        retrieval["adapter"] = adapter
    return {**now, **catalog.parts_of(space, blobs=system.blobs), "retrieval": retrieval}


def before(view: View, migration: Migration, *, system: System) -> Components:
    """The release that searches the migration's source, through the adapter if there is one."""
    return moved(view, migration.source, system=system, adapter=migration.adapter)


def announce(system: System, environment: str, *, components: Components) -> str:
    """Make a release known that is not deployed, so that it can be measured; its digest."""
    view = system.view(environment)
    with system.latch.storing():
        release = catalog.save(components, blobs=system.blobs)
        if view.get("releases", release.digest) is None:
            event = Event("releases", release.digest, dict(release.components))
            system.append.append(Change(view.cut.timeline, "migrate", (event,), actor=system.actor))
    return release.digest


def record(
    system: System,
    environment: str,
    *,
    name: str,
    change: Callable[[Migration], Migration],
    reason: str,
) -> Migration:
    """Note on the ledger where a migration is. Raises ``ConflictError`` when it went on."""
    view = system.view(environment)
    entry = view.get(migrations.STORE, name)
    if entry is None:
        raise StateError(f"{environment!r} has no migration {name!r}")
    told = change(migrations.of(entry))
    system.append.append(
        Change(
            view.cut.timeline,
            "migrate",
            (migrations.event(told),),
            (migrations.expect(told, entry),),
            actor=system.actor,
            reason=reason,
        )
    )
    return told


def pin(system: System, view: View, *, space: Space) -> None:
    """Pin how the new column is searched before it is, so that its first question does not wait."""
    event: Event | None = system.search(space).pin(view.cut)
    if event is None or view.get(event.store, event.key) is not None:
        return
    try:
        system.append.append(
            Change(view.cut.timeline, "pin", (event,), actor=system.actor, reason="migrate")
        )
    except ConflictError:
        return


def _passages(view: View, space: Space, *, system: System) -> list[Question]:
    """Beginnings of passages, those with the smallest ids: the same ones every time."""
    live = {entry.value["document"] for entry in view.scan("documents")}
    wanted = np.frombuffer(bytes.fromhex("".join(sorted(live))), "V32")
    ids: list[tuple[bytes, int]] = []
    for columns in system.lake.chunks.columns(space):
        held = np.flatnonzero(np.isin(columns.documents, wanted))
        ids += zip(columns.ids[held].tolist(), columns.rows[held].tolist(), strict=True)
        ids = sorted(ids)[:SAMPLED]
    found = system.lake.chunks.take([row for _, row in ids], space=space)
    return [
        Question(" ".join(piece.text.split())[:LONGEST], frozenset([piece.document]))
        for piece in found
    ]


def _found(
    view: View, components: Components, questions: Sequence[Question], *, system: System
) -> list[list[str]]:
    """For each question the documents of the best hits, best first."""
    search = system.search(target(components, system=system).space)
    vectors = asker(components, system=system).embed([question.text for question in questions])
    found = []
    for question, vector in zip(questions, vectors, strict=True):
        hits = search.search(question.text, vector, at=view.cut, depth=DEPTH)
        found.append(list(dict.fromkeys(hit.document for hit in hits))[:DEPTH])
    return found
