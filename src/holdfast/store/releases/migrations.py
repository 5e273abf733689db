"""Migrations as the ledger tells them."""

from __future__ import annotations

from holdfast.domain.event import Entry, Event, Expect
from holdfast.domain.migration import Migration
from holdfast.ports.ledger import Ledger, Query
from holdfast.store.ledger.as_of import View

STORE = "migrations"


def of(entry: Entry) -> Migration:
    """The migration that an entry records."""
    return Migration.from_json(entry.value)


def active(view: View) -> tuple[Migration, Entry] | None:
    """The one migration under way as of a view, and the entry that says so."""
    for entry in view.scan(STORE):
        found = of(entry)
        if found.active:
            return found, entry
    return None


def event(migration: Migration) -> Event:
    """What records where a migration is."""
    return Event(STORE, migration.id, migration.json())


def expect(migration: Migration, entry: Entry | None) -> Expect:
    """That nobody has moved a migration since it was read."""
    return Expect(STORE, migration.id, entry.id if entry is not None else None)


def pinned(ledger: Ledger) -> set[str]:
    """Digests of the components that any migration names: no clean-up may take them."""
    found = set()
    for _, entry in ledger.history(Query(store=STORE)):
        if entry.value is not None:
            migration = of(entry)
            for space in (migration.source, migration.target):
                found |= {space.preprocessing, space.embedder}
    return found
