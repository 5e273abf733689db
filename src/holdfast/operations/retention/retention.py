"""What is kept how long, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.document import Space
from holdfast.errors import HoldfastError
from holdfast.operations.build import space_of
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import migrations
from holdfast.store.releases.catalog import DEPLOYED

DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who needs something. ``kind`` is environment, migration, snapshot or retention."""

    kind: str
    name: str
    advice: str


def holders(system: System, space: Space) -> list[Holder]:
    """Who needs the chunks and vectors of a space."""
    found = []
    for name, head in system.timelines.heads().items():
        view = View(system.ledger, head.cut)
        if _searched(system, view) == space:
            found.append(
                Holder("environment", f"environment {name!r}", "it answers with that column")
            )
        under_way = migrations.active(view)
        if under_way and space == under_way[0].serving:
            found.append(Holder("migration", f"the migration of {name!r}", "end that one first"))
    found += [
        Holder("snapshot", f"snapshot {snapshot.name!r}", "its moment answers with that column")
        for snapshot in system.timelines.snapshots()
        if _searched(system, View(system.ledger, snapshot.cut)) == space
    ]
    since = system.clock.now() - system.settings.storage.retention_days * DAY
    until = _answered_until(system, space)
    if until is not None and until > since:
        days = (until - since) / DAY
        found.append(
            Holder(
                "retention",
                f"the last {system.settings.storage.retention_days} days "
                "(storage.retention_days), in which it answered",
                f"wait {days:.1f} days, or give it up with --force: those moments can then be "
                "restored after 'holdfast rebuild --store' only",
            )
        )
    return found


def _searched(system: System, view: View) -> Space | None:
    deployed = view.get("releases", DEPLOYED)
    return None if deployed is None else _space(system, deployed.value["release"])


def _space(system: System, release: str) -> Space | None:
    try:
        return space_of(release, blobs=system.blobs)
    except HoldfastError:
        return None


def _answered_until(system: System, space: Space) -> int | None:
    """When a space was last replaced by another; now, while nothing has followed it."""
    known: dict[str, Space | None] = {}
    until: int | None = None
    for commit, entry in system.ledger.history(Query(store="releases", key=DEPLOYED)):
        if entry.value is None:
            continue
        release = entry.value["release"]
        if release not in known:
            known[release] = _space(system, release)
        if known[release] == space:
            until = system.clock.now()
        elif until is not None and until > commit.at:
            until = commit.at
    return until
