"""What differs between two moments."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.errors import StateError
from holdfast.operations.system import System
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog
from holdfast.store.releases.diff import ComponentDiff, diff

COUNTED = ("queue", "cache", "memory", "feedback", "ratings")
"""Stores whose difference is told as numbers."""


@dataclass(frozen=True, slots=True)
class DocumentDiff:
    """A document that differs: ``kind`` is added, removed or changed."""

    path: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StoreDiff:
    """How many live entries of a store are new, gone or changed."""

    store: str
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class StateDiff:
    """Two moments, compared. Corpora are equal exactly when their digests are."""

    corpus_before: str
    corpus_after: str
    release_before: str
    release_after: str
    documents: tuple[DocumentDiff, ...]
    components: tuple[ComponentDiff, ...]
    stores: tuple[StoreDiff, ...]

    @property
    def same(self) -> bool:
        released = self.release_before == self.release_after
        return released and not (self.documents or self.components or self.stores)


def compare(before: View, after: View, *, system: System) -> StateDiff:
    """The difference between two moments, also of two environments or timelines."""
    releases = [_release(view) for view in (before, after)]
    components: tuple[ComponentDiff, ...] = ()
    if all(releases) and releases[0] != releases[1]:
        parts = [catalog.components(name, blobs=system.blobs) for name in releases]
        components = diff(parts[0], parts[1])
    states = [corpus.state(view).digest for view in (before, after)]
    stores = (_store(before, after, store) for store in COUNTED)
    return StateDiff(
        states[0],
        states[1],
        releases[0],
        releases[1],
        _documents(before, after) if states[0] != states[1] else (),
        components,
        tuple(store for store in stores if store.added or store.removed or store.changed),
    )


def _release(view: View) -> str:
    try:
        return catalog.deployed(view, environment="")
    except StateError:
        return ""


def _documents(before: View, after: View) -> tuple[DocumentDiff, ...]:
    old, new = (
        {entry.key: entry.value["document"] for entry in view.scan("documents")}
        for view in (before, after)
    )
    differing = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return tuple(
        DocumentDiff(
            path,
            "added" if path not in old else "removed" if path not in new else "changed",
            old.get(path, ""),
            new.get(path, ""),
        )
        for path in differing
    )


def _store(before: View, after: View, store: str) -> StoreDiff:
    old, new = ({entry.key: entry.id for entry in view.scan(store)} for view in (before, after))
    return StoreDiff(
        store,
        len(new.keys() - old.keys()),
        len(old.keys() - new.keys()),
        sum(old[key] != new[key] for key in old.keys() & new.keys()),
    )
