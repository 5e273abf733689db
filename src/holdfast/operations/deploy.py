"""Deploy a release: an event on the timeline, so that a rollback brings the old one back too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.digest import digest, short
from holdfast.domain.event import Change, Edge, Entry, Event, Expect
from holdfast.domain.migration import CUTOVER
from holdfast.domain.moment import EventId
from holdfast.domain.release import Release
from holdfast.domain.rollout import ABORTED
from holdfast.errors import ConflictError, StateError
from holdfast.operations.admit import admit, check_force, check_frozen
from holdfast.operations.build import build, target
from holdfast.operations.system import System
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, migrations, rollouts
from holdfast.store.releases.catalog import DEPLOYED, Components
from holdfast.store.releases.diff import ComponentDiff, diff

TRIES = 20
"""How often documents may come in under a deployment."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a release is to be deployed. ``beside`` is written in the same change.

    ``blobs`` are stored before it, in whole: what the release's components refer to.
    """

    reason: str = ""
    dry_run: bool = False
    force: bool = False
    beside: tuple[Event, ...] = ()
    expects: tuple[Expect, ...] = ()
    blobs: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment did or, on a dry run, would do. ``tick`` is None if it changed nothing."""

    environment: str
    release: str
    before: str
    tick: int | None
    differences: tuple[ComponentDiff, ...]
    dry_run: bool = False


def deploy(
    system: System,
    environment: str,
    *,
    release: str | None = None,
    reason: str = "",
    dry_run: bool = False,
    force: bool = False,
) -> Deployment:
    """Make a release answer in an environment: a stored one by digest prefix, or the folder's.

    Raises ``StateError`` when documents are not prepared for the release's way to search or its
    gate did not pass (but for ``force``), and ``ConflictError`` when somebody else deployed
    meanwhile.
    """
    check_force(force=force, reason=reason)
    components = chosen(release, system=system)
    if release is None:
        _check_side(system.view(environment), components)
    return put(system, environment, components=components, order=Order(reason, dry_run, force))


def put(system: System, environment: str, *, components: Components, order: Order) -> Deployment:
    """Deploy the release that components make; otherwise as ``deploy``."""
    view = system.view(environment)
    check_prepared(view, components, system=system)
    candidate = catalog.release_of(components)
    current = view.get("releases", DEPLOYED)
    before = current.value["release"] if current else ""
    differences = diff(catalog.components(before, blobs=system.blobs), components) if before else ()
    if order.dry_run or before == candidate.digest:
        return Deployment(environment, candidate.digest, before, None, differences, order.dry_run)
    check_frozen(system, environment, view=view, force=order.force)
    order = _without_canary(order, view, environment)
    forced = admit(system, candidate.digest, before=before, force=order.force)
    if forced:
        order = replace(order, reason=f"{order.reason} (forced, although {forced})")
    with system.latch.storing():
        for data in order.blobs:
            system.blobs.put(data)
        catalog.save(components, blobs=system.blobs)
        tick = _append(view, components, environment, system=system, order=order)
    return Deployment(environment, candidate.digest, before, tick, differences)


def _without_canary(order: Order, view: View, environment: str) -> Order:
    """Refuse to deploy under a canary, unless it ends with that; by force it is aborted."""
    canary = rollouts.canary(view, environment)
    ends = any((e.store, e.key) == (rollouts.STORE, rollouts.CANARY) for e in order.beside)
    if canary is None or not canary.running or ends:
        return order
    if not order.force:
        raise StateError(
            f"{short(canary.candidate)} is {environment!r}'s canary; end it with 'holdfast canary "
            "promote' or 'holdfast canary abort', or deploy with --force --reason"
        )
    return replace(
        order,
        beside=(*order.beside, rollouts.event(replace(canary, status=ABORTED))),
        expects=(*order.expects, rollouts.expect(view, rollouts.CANARY)),
    )


def _append(
    view: View, components: Components, environment: str, *, system: System, order: Order
) -> int:
    """Write the deployment; looked at again when documents came in since they were checked."""
    current = view.get("releases", DEPLOYED)
    for _ in range(TRIES):
        documents = view.get(corpus.STORE, corpus.STATE)
        change = Change(
            view.cut.timeline,
            "deploy",
            (*_events(view, catalog.release_of(components), components), *order.beside),
            (
                *order.expects,
                Expect("releases", DEPLOYED, current.id if current else None),
                Expect(corpus.STORE, corpus.STATE, documents.id if documents else None),
            ),
            actor=system.actor,
            reason=order.reason,
        )
        try:
            return system.append.append(change).tick
        except ConflictError:
            timeline, view = view.cut.timeline, system.view(environment)
            moved = any(_id(view.get(one.store, one.key)) != one.event for one in order.expects)
            if moved or view.cut.timeline != timeline or view.get("releases", DEPLOYED) != current:
                raise
            check_prepared(view, components, system=system)
    raise ConflictError(f"documents came in {TRIES} times under this deployment; try again")


def _check_side(view: View, components: Components) -> None:
    """The folder may not take a migration back by describing the side that it left.

    Nor may it take off the adapter, of which a folder knows nothing.
    """
    found = migrations.active(view)
    if found is None or (found[0].stage != CUTOVER and found[0].adapter is None):
        return
    left = found[0].source
    own = digest(components["preprocessing"]), digest(components["embedder"])
    if own != (left.preprocessing, left.embedder):
        return
    if found[0].stage != CUTOVER:
        raise StateError(
            f"questions reach the column through the adapter of migration {found[0].id}, and the "
            "folder's release would ask the embedder that is gone; deploy it after 'holdfast "
            "migrate cutover', or leave the migration first with 'holdfast migrate back'"
        )
    raise StateError(
        "the settings describe the side that migration "
        f"{found[0].id} left; correct [embedder] and [preprocessing] in holdfast.toml or start "
        "this process anew, or take it back with 'holdfast migrate back'"
    )


def _id(entry: Entry | None) -> EventId | None:
    return None if entry is None else entry.id


def chosen(release: str | None, *, system: System) -> Components:
    """The components of a known release by digest prefix, or of the one the folder makes."""
    if release is None:
        return build(system)
    return catalog.components(catalog.find(release, ledger=system.ledger), blobs=system.blobs)


def check_prepared(view: View, components: Components, *, system: System) -> None:
    """Raises ``StateError`` unless every live document can be searched by these components."""
    live = {entry.value["document"]: entry.key for entry in view.scan("documents")}
    if not live:
        return
    there = system.lake.chunks.documents(target(components, system=system).space)
    lacking = sorted(path for name, path in live.items() if name not in there)
    if lacking:
        raise StateError(
            f"{len(lacking)} of {len(live)} documents are not prepared for this release's "
            f"preprocessing and embedder, {lacking[0]!r} among them; run 'holdfast ingest' first"
        )


def _events(view: View, release: Release, components: Components) -> list[Event]:
    name = release.digest
    events = [Event("releases", DEPLOYED, {"release": name}, (Edge(f"release:{name}"),))]
    events += known(view, release)
    texts = components["prompt"]["prompts"]
    for prompt, text in texts.items():
        value = {"digest": digest(text), "release": name}
        held = view.get("prompts", prompt)
        if held is None or held.value["digest"] != value["digest"]:
            events.append(Event("prompts", prompt, value, (Edge(f"release:{name}"),)))
    events += [
        Event("prompts", entry.key, None)
        for entry in view.scan("prompts")
        if entry.key not in texts
    ]
    return events


def known(view: View, release: Release) -> tuple[Event, ...]:
    """The event that makes a release known, unless it is."""
    if view.get("releases", release.digest) is not None:
        return ()
    return (Event("releases", release.digest, dict(release.components)),)


def describe(deployment: Deployment) -> str:
    """One line for people."""
    if deployment.before == deployment.release:
        return f"{short(deployment.release)} already answers in {deployment.environment}"
    verb = "would answer" if deployment.dry_run else "answers"
    return f"{short(deployment.release)} {verb} in {deployment.environment}"
