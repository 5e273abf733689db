"""What is kept how long, what is held by whom, and what a clean-up would free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.domain.document import Space
from holdfast.domain.moment import Cut
from holdfast.errors import NotFoundError
from holdfast.evaluation import dataset
from holdfast.operations.evaluate import judges
from holdfast.operations.retention.clean import Cleaning, clean, release_blobs
from holdfast.operations.retention.retention import Holder, holders
from holdfast.operations.system import System
from holdfast.ports.lake import Freed
from holdfast.store.lake.collect import documents_referred_to
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something is kept; ``setting`` is empty where nothing changes it."""

    what: str
    kept: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The chunks and vectors of one way to prepare documents."""

    space: Space
    embedder: str
    """Its kind or model, as people call it."""
    size: Freed
    holders: tuple[Holder, ...]
    """Who needs it; with nobody, ``holdfast migrate contract`` may give it up."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a kind somebody holds; several may hold the same."""

    what: str
    by: str
    count: int


@dataclass(frozen=True, slots=True)
class Retained:
    """All of it. ``cleaning`` is what ``holdfast clean`` would do now."""

    rules: tuple[Rule, ...]
    columns: tuple[Column, ...]
    held: tuple[Held, ...]
    cleaning: Cleaning


def retained(system: System) -> Retained:
    """Read-only; costs a pass over the ledger's documents and as much as a dry clean-up."""
    return Retained(
        tuple(_rules(system)),
        tuple(_columns(system)),
        (*_documents(system), *_blobs(system)),
        clean(system, dry_run=True),
    )


def _rules(system: System) -> Iterator[Rule]:
    storage, collect = system.settings.storage, system.settings.collect
    yield Rule("ledger: every event", "for good, but for what 'holdfast erase' takes out")
    yield Rule("documents, chunks and blobs that an event names", "for good")
    yield Rule(
        "documents, chunks and blobs that no event names",
        f"{storage.grace_minutes} minutes, then until a clean-up",
        "storage.grace_minutes",
    )
    yield Rule(
        "columns of chunks and vectors that no environment searches",
        f"{storage.retention_days} days, then until they are given up",
        "storage.retention_days",
    )
    yield Rule("spans, points and log records", f"{collect.keep_days} days", "collect.keep_days")
    yield Rule("traces that the ledger names", "for good")


def _columns(system: System) -> Iterator[Column]:
    for space in sorted(system.lake.spaces.known(), key=str):
        size = system.lake.spaces.forget(space, dry_run=True)
        yield Column(space, _called(system, space), size, tuple(holders(system, space)))


def _called(system: System, space: Space) -> str:
    try:
        identity = catalog.parts_of(space, blobs=system.blobs)["embedder"]
    except NotFoundError:
        return "unknown"
    return f"{identity.get('model') or identity['kind']}, {space.dimensions} dimensions"


def _documents(system: System) -> Iterator[Held]:
    stored = system.lake.documents.digests()
    seen: set[str] = set()
    cuts = [(f"environment {name!r}", head.cut) for name, head in system.timelines.heads().items()]
    cuts += [(f"snapshot {one.name!r}", one.cut) for one in system.timelines.snapshots()]
    for by, cut in cuts:
        live = _live(system, cut) & stored
        seen |= live
        yield Held("documents", by, len(live))
    earlier = (documents_referred_to(system.ledger) & stored) - seen
    yield Held("documents", "earlier moments and the queue alone", len(earlier))


def _live(system: System, cut: Cut) -> set[str]:
    return {entry.value["document"] for entry in View(system.ledger, cut).scan("documents")}


def _blobs(system: System) -> Iterator[Held]:
    there = set(system.blobs.digests())
    for by, pinned in (
        ("releases", release_blobs(system)),
        ("datasets", dataset.pinned(system.ledger)),
        ("judges", judges.pinned(system.ledger)),
        ("migrations", migrations.pinned(system.ledger)),
    ):
        yield Held("blobs", by, len(pinned & there))
