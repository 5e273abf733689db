"""Collect what nothing retained refers to."""

from __future__ import annotations

import json
from dataclasses import dataclass

from holdfast.domain.release import Release
from holdfast.evaluation import dataset
from holdfast.operations.evaluate import judges
from holdfast.operations.system import System
from holdfast.operations.watch import monitors, rounds
from holdfast.operations.watch.expire import Expired, expire
from holdfast.ports.blobs import Blobs
from holdfast.ports.ledger import Query
from holdfast.store.lake.collect import Collection, collect
from holdfast.store.releases import migrations
from holdfast.store.releases.catalog import DEPLOYED


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a clean-up freed or, on a dry run, would free."""

    collected: Collection
    dry_run: bool
    expired: Expired
    """Telemetry that was older than it is kept."""


def clean(system: System, *, dry_run: bool = False) -> Cleaning:
    """Remove documents, chunks and blobs that no event of any timeline refers to.

    What is younger than ``storage.grace_minutes`` is left alone. Who stores something and is
    about to refer to it holds the latch, so a grace of nothing is safe too. Telemetry that is
    older than ``collect.keep_days`` goes too, but for what the ledger names.
    """
    with system.latch.collecting():
        collected = collect(
            ledger=system.ledger,
            lake=system.lake,
            blobs=system.blobs,
            pinned=lambda: pinned(system),
            grace=60 * system.settings.storage.grace_minutes,
            dry_run=dry_run,
        )
    return Cleaning(collected, dry_run, expire(system, dry_run=dry_run))


def pinned(system: System) -> set[str]:
    """Digests of every blob that some event of some timeline needs."""
    return (
        release_blobs(system)
        | dataset.pinned(system.ledger)
        | judges.pinned(system.ledger)
        | monitors.pinned(system.ledger)
        | migrations.pinned(system.ledger)
        | rounds.pinned(system.ledger)
    )


def release_blobs(system: System) -> set[str]:
    """Digests of every release ever deployed, with its components."""
    known = {entry.key for _, entry in system.ledger.history(Query(store="releases"))} - {DEPLOYED}
    return release_parts(known, blobs=system.blobs)


def release_parts(releases: set[str], *, blobs: Blobs) -> set[str]:
    """Digests of releases, of their components, and of what adapters among these refer to."""
    parts, retrievals = set(releases), set()
    for name in releases:
        release = Release.from_json(json.loads(blobs.get(name)))
        parts |= {digest for _, digest in release.components}
        retrievals.add(release["retrieval"])
    for name in retrievals:
        adapter = json.loads(blobs.get(name)).get("adapter")
        if adapter is not None:
            parts |= {adapter["map"], adapter["embedder"]}
    return parts
