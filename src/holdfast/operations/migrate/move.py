"""The moves of a migration: begin, pause, cut over, go back, give the other column up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.digest import canonical
from holdfast.domain.document import Space
from holdfast.domain.event import Change
from holdfast.domain.migration import (
    BACK,
    BACKFILL,
    CONTRACTED,
    CUTOVER,
    VERIFIED,
    Migration,
)
from holdfast.errors import StateError
from holdfast.operations.deploy import Deployment, Order, put
from holdfast.operations.migrate.backfill import folder
from holdfast.operations.migrate.compare import before, moved, record, under_way
from holdfast.operations.migrate.intents import Intents
from holdfast.operations.retention.retention import holders
from holdfast.operations.system import System
from holdfast.ports.lake import Freed
from holdfast.store.releases import migrations
from holdfast.store.releases.catalog import Components


@dataclass(frozen=True, slots=True)
class Contracted:
    """The column that was given up, or would be, and what that frees."""

    space: Space
    freed: Freed
    dry_run: bool


def begin(
    system: System,
    environment: str,
    *,
    migration: Migration,
    components: Components,
    reason: str = "",
) -> Migration:
    """Expand: from here on documents that come in are prepared for both sides.

    Beginning the migration that is under way changes nothing. Raises ``StateError`` while another
    one is.
    """
    view = system.view(environment)
    found = migrations.active(view)
    if found is not None:
        if found[0].id == migration.id:
            return found[0]
        raise StateError(
            f"{environment!r} is in migration {found[0].id} ({found[0].stage}); end it with "
            "'holdfast migrate contract', or take it back with 'holdfast migrate back'"
        )
    before = view.get(migrations.STORE, migration.id)
    with system.latch.storing():
        for part in ("embedder", "preprocessing"):
            system.blobs.put(canonical(components[part]))
        system.append.append(
            Change(
                view.cut.timeline,
                "migrate",
                (migrations.event(migration),),
                (migrations.expect(migration, before),),
                actor=system.actor,
                reason=reason or "expand",
            )
        )
    return migration


def pause(system: System, environment: str) -> Migration:
    """Ask whoever fills the column to stop after the requests under way."""
    migration = under_way(system.view(environment), environment)
    if migration.stage != BACKFILL:
        raise StateError(
            f"migration {migration.id} is at {migration.stage!r}: there is nothing to pause"
        )
    return record(
        system,
        environment,
        name=migration.id,
        change=lambda now: replace(now, paused=True, worker=""),
        reason="pause",
    )


def cutover(
    system: System, environment: str, *, reason: str = "", force: bool = False
) -> Deployment:
    """Deploy the release that searches the new column: one change.

    Documents go on being prepared for both sides, so that ``back`` is one change too. Raises
    ``StateError`` when it is not verified (but for ``force``), or the gate did not pass.
    """
    view = system.view(environment)
    migration = under_way(view, environment)
    if migration.stage == CUTOVER:
        raise StateError(f"migration {migration.id} is cut over already")
    if migration.stage != VERIFIED and not force:
        raise StateError(
            f"migration {migration.id} is at {migration.stage!r}, not verified; "
            "'holdfast migrate resume' fills and verifies it"
        )
    entry = view.get(migrations.STORE, migration.id)
    told = replace(migration, stage=CUTOVER, worker="", paused=False)
    order = Order(
        reason=reason or f"migration {migration.id}",
        force=force,
        beside=(migrations.event(told),),
        expects=(migrations.expect(told, entry),),
    )
    return put(
        system, environment, components=moved(view, migration.target, system=system), order=order
    )


def back(system: System, environment: str, *, reason: str = "") -> Deployment | None:
    """Leave a migration at whatever stage it is: what answered before it answers.

    Before the cutover nothing that answers has changed, so only the filling ends (``None``).
    After it, the release goes back to the old embedder and chunking (through the adapter, if there
    was one) in one change, and keeps what else was deployed since; the old column is whole, as
    documents were prepared for both sides.
    """
    view = system.view(environment)
    migration = under_way(view, environment)
    if migration.stage != CUTOVER:
        record(
            system,
            environment,
            name=migration.id,
            change=lambda now: replace(now, stage=BACK, worker="", paused=False),
            reason=reason or "back",
        )
        return None
    entry = view.get(migrations.STORE, migration.id)
    told = replace(migration, stage=BACK)
    order = Order(
        reason=reason or f"back from migration {migration.id}",
        force=True,
        beside=(migrations.event(told),),
        expects=(migrations.expect(told, entry),),
    )
    return put(system, environment, components=before(view, migration, system=system), order=order)


def contract(
    system: System,
    environment: str,
    *,
    force: bool = False,
    dry_run: bool = False,
    reason: str = "",
) -> Contracted:
    """Give the column up that answers no more: the old one after a cutover, the new after a back.

    Refused while an environment or snapshot needs it, and while moments inside the retention do
    (but for ``force``). Such a moment can be restored later all the same: 'holdfast rebuild
    --store' makes the column again from the documents.
    """
    migration = _ended(system, environment)
    space = migration.source if migration.stage == CUTOVER else migration.target
    held = [one for one in holders(system, space) if not (force and one.kind == "retention")]
    if held:
        raise StateError(
            f"the column is needed by {held[0].name}"
            f"{f' and {len(held) - 1} more' if len(held) > 1 else ''}: {held[0].advice}"
        )
    if dry_run:
        return Contracted(space, system.lake.spaces.forget(space, dry_run=True), dry_run=True)
    if migration.stage == CUTOVER:
        record(
            system,
            environment,
            name=migration.id,
            change=lambda now: replace(now, stage=CONTRACTED),
            reason=reason or "contract",
        )
    freed = system.lake.spaces.forget(space)
    system.search(space).discard()
    Intents(folder(system, migration)).clear()
    return Contracted(space, freed, dry_run=False)


def _ended(system: System, environment: str) -> Migration:
    """The migration whose other column is left: cut over, or taken back."""
    view = system.view(environment)
    found = [migrations.of(entry) for entry in view.scan(migrations.STORE)]
    known = set(system.lake.spaces.known())
    for migration in found:
        if migration.stage == CUTOVER or (migration.stage == BACK and migration.target in known):
            return migration
    if any(migration.stage in (BACKFILL, VERIFIED) for migration in found):
        raise StateError(
            "the migration is not cut over: both columns are needed; 'holdfast migrate cutover' "
            "or 'holdfast migrate back' comes first"
        )
    raise StateError(f"no migration of {environment!r} has a column to give up")
