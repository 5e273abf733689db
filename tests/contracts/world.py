"""A ledger with few words: what the tests of ledgers and of what is built on them begin with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol

from holdfast.domain.event import Change, Commit, Edge, Event, Expect, Fork
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import StateError
from holdfast.ports.eraser import Eraser
from holdfast.ports.ledger import Ledger
from holdfast.ports.masks import Masks
from holdfast.ports.timelines import Timelines


class Both(Ledger, Timelines, Masks, Eraser, Protocol):
    """What adapters implement together."""

    def close(self) -> None: ...


class World:
    """Shorthand for one ledger."""

    def __init__(self, ledger: Both) -> None:
        self.ledger = ledger
        self._numbers = count(1)

    def start(
        self,
        environment: str = "production",
        *,
        parent: Cut | None = None,
        expects: int | None = None,
        revoked: Sequence[EventId] = (),
        id: str | None = None,
    ) -> Commit:
        """Create, fork or roll back an environment."""
        name = id or f"operation-{next(self._numbers)}"
        change = Change(0, "start", (Event("operations", name, {"environment": environment}),))
        return self.ledger.fork(
            Fork(name, environment, parent, expects, change, frozenset(revoked))
        )

    def rollback(self, to: Cut, *, environment: str = "production") -> Commit:
        return self.start(environment, parent=to, expects=self.ledger.heads()[environment].timeline)

    def put(
        self,
        key: str,
        value: Any,
        *,
        store: str = "documents",
        on: int | None = None,
        expects: Sequence[Expect] = (),
        sources: Sequence[Edge] = (),
    ) -> Commit:
        """One change of one event on production's timeline, or another."""
        timeline = self.ledger.heads()["production"].timeline if on is None else on
        event = Event(store, key, value, tuple(sources))
        return done(self.ledger.commit([Change(timeline, "put", (event,), tuple(expects))])[0])

    def head(self, environment: str = "production") -> Cut:
        return self.ledger.heads()[environment].cut

    def value(self, key: str, at: Cut | None = None, *, store: str = "documents") -> Any:
        """The value of a key, ``None`` when it is absent."""
        (entry,) = self.ledger.read([(store, key)], self.head() if at is None else at)
        return entry and entry.value

    def live(self, at: Cut | None = None, *, store: str = "documents") -> dict[str, Any]:
        """All keys and values of a store."""
        entries = self.ledger.scan(store, self.head() if at is None else at)
        return {entry.key: entry.value for entry in entries}


def done(result: Commit | StateError) -> Commit:
    """A commit; a refusal is raised."""
    if isinstance(result, StateError):
        raise result
    return result


def first(commit: Commit) -> EventId:
    """The first event of a commit."""
    return EventId(commit.tick, 0)
