"""Collect what no event of any timeline refers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.domain.digest import Json
from holdfast.ports.blobs import Blobs
from holdfast.ports.lake import Freed, Lake
from holdfast.ports.ledger import Ledger, Query

GRACE = 3600.0
"""Seconds in which what was put is left alone: somebody may be about to refer to it."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What a clean-up freed or, on a dry run, would free."""

    documents: tuple[str, ...]
    """Digests of documents, or of documents that only chunks are left of."""
    blobs: tuple[str, ...]
    lake: Freed
    blob_bytes: int
    dry_run: bool

    @property
    def bytes(self) -> int:
        return self.lake.bytes + self.blob_bytes


def collect(
    *,
    ledger: Ledger,
    lake: Lake,
    blobs: Blobs,
    pinned: Callable[[], set[str]],
    grace: float = GRACE,
    dry_run: bool = False,
) -> Collection:
    """Drop documents (with their chunks) and blobs that nothing refers to.

    Every event of every timeline counts as a reference, also of abandoned and revoked ones.
    ``pinned`` names the blobs that are needed. Candidates are listed before the references are
    read, so what is referred to in between stays.
    """
    idle = lake.idle(seconds=grace)
    loose = set(blobs.digests(idle=grace))
    documents = sorted(idle - documents_referred_to(ledger)) if idle else []
    unneeded = sorted(loose - pinned()) if loose else []
    freed = lake.drop(documents, idle=grace, dry_run=dry_run)
    size = 0
    for digest in unneeded:
        size += len(blobs.get(digest)) if dry_run else blobs.drop(digest, idle=grace)
    return Collection(tuple(documents), tuple(unneeded), freed, size, dry_run)


def documents_referred_to(ledger: Ledger) -> set[str]:
    """Digests of every document that an event ever named: live once, or queued."""
    found = set()
    for store in ("documents", "queue"):
        for _, entry in ledger.history(Query(store=store)):
            found |= _named(entry.value, "document")
    return found


def _named(value: Json, field: str) -> set[str]:
    named = value.get(field) if isinstance(value, dict) else None
    return {named} if named else set()
