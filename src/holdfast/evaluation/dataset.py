"""Datasets on the ledger: every save is a version, and each version's cases are one blob.

A dataset is what people know about good answers, not state of the system: going back in time does
not forget it. So it is read by its newest version on any timeline, unless a cut is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.domain.dataset import Case, Dataset
from holdfast.domain.digest import Json, canonical
from holdfast.domain.event import Commit, Edge, Entry, Event
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import NotFoundError, UsageError
from holdfast.evaluation import case as reading
from holdfast.ports.blobs import Blobs
from holdfast.ports.ledger import Ledger, Query

STORE = "datasets"
LARGEST = 1_000_000
"""Cases of one dataset."""


@dataclass(frozen=True, slots=True)
class Version:
    """One saved state of a dataset, and who saved it when and why."""

    name: str
    digest: str
    cases: int
    blob: str
    """Digest of the cases as canonical JSON lines."""
    event: EventId
    timeline: int
    at: int
    """Microseconds since 1970 UTC."""
    actor: str
    reason: str


def check(cases: Sequence[Case], *, where: Sequence[str] = ()) -> None:
    """Refuse an empty set, a bad case or an id twice. ``where`` says where each case came from.

    Raises ``UsageError``.
    """
    if not cases:
        raise UsageError("a dataset needs at least one case; this one is empty")
    if len(cases) > LARGEST:
        raise UsageError(f"{len(cases):,} cases are too many for one dataset; split it")
    seen: dict[str, int] = {}
    for i, one in enumerate(cases):
        place = where[i] if where else f"case {i + 1} ({one.id!r})"
        reading.check(one, where=place)
        first = seen.setdefault(one.id, i)
        if first != i:
            other = where[first] if where else f"case {first + 1}"
            raise UsageError(
                f"{place}: id {one.id!r} is taken by {other}; give each case an id of its own"
            )


def lines(cases: Iterable[Case]) -> bytes:
    """Cases as canonical JSON lines (RFC 8785): the same cases are the same bytes."""
    return b"".join(canonical(one.json()) + b"\n" for one in cases)


def saved(dataset: Dataset, *, blobs: Blobs, sources: Sequence[Edge] = ()) -> Event:
    """The event that makes a dataset its name's newest version; its cases are stored.

    ``sources`` says what it was made from: ``decision:ID``, ``dataset:DIGEST``, ``file:DIGEST``.
    Who calls it holds the latch until the event is appended. Raises ``UsageError``.
    """
    check(dataset.cases)
    blob = blobs.put(lines(dataset.cases))
    value = {"digest": dataset.digest, "cases": len(dataset.cases), "blob": blob}
    return Event(STORE, dataset.name, value, tuple(sources))


def load(name: str, *, ledger: Ledger, blobs: Blobs, at: Cut | None = None) -> Dataset:
    """A dataset as a cut shows it; without one, its newest version on any timeline.

    Raises ``NotFoundError``.
    """
    found = newest(name, ledger=ledger, at=at)
    if found is None:
        known = ", ".join(version.name for version in versions(ledger=ledger, at=at))
        raise NotFoundError(
            f"no dataset {name!r}; there {'are ' + known if known else 'is none yet'}: "
            "'holdfast dataset import' or 'add' makes one"
        )
    written = blobs.get(found.blob).decode().split("\n")
    return Dataset(name, tuple(Case.from_json(json.loads(line)) for line in written if line))


def newest(name: str, *, ledger: Ledger, at: Cut | None = None) -> Version | None:
    """The newest version of a dataset, ``None`` if there is none."""
    return next(iter(history(name, ledger=ledger, at=at, limit=1)), None)


def versions(*, ledger: Ledger, at: Cut | None = None) -> list[Version]:
    """The newest version of every dataset, by name."""
    query = Query(store=STORE, within=at)
    found = {entry.key: _version(commit, entry) for commit, entry in ledger.history(query)}
    return [version for _, version in sorted(found.items()) if version is not None]


def history(
    name: str, *, ledger: Ledger, at: Cut | None = None, limit: int | None = None
) -> list[Version]:
    """Every version of a dataset, newest first."""
    query = Query(store=STORE, key=name, within=at, newest_first=True, limit=limit)
    found = [_version(commit, entry) for commit, entry in ledger.history(query)]
    return [version for version in found if version is not None]


def pinned(ledger: Ledger) -> set[str]:
    """Digests of the blobs that any version ever saved needs: no clean-up may take them."""
    entries = (entry for _, entry in ledger.history(Query(store=STORE)))
    return {entry.value["blob"] for entry in entries if entry.value is not None}


def _version(commit: Commit, entry: Entry) -> Version | None:
    value: Json = entry.value
    if value is None:
        return None
    return Version(
        entry.key,
        value["digest"],
        value["cases"],
        value["blob"],
        entry.id,
        entry.timeline,
        commit.at,
        commit.actor,
        commit.reason,
    )
