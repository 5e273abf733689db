"""A naive ledger: to know a state it replays the path of changes that led to it, every time.

It is written from the words of the design, not from the code: no spans, no flattened ancestry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.domain.event import Change, Event
from holdfast.domain.moment import Cut, EventId

Name = tuple[str, str]


@dataclass
class Branch:
    """A timeline: where it left its parent, what it refuses to see, and its own changes."""

    parent: Cut | None
    revoked: frozenset[EventId]
    changes: list[tuple[int, tuple[Event, ...]]] = field(default_factory=list)


@dataclass
class Replay:
    """Every branch, and which environment writes to which."""

    branches: dict[int, Branch] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    moves: dict[str, list[int]] = field(default_factory=dict)
    tick: int = 0

    def path(self, cut: Cut) -> Iterator[tuple[EventId, Event]]:
        """All events on the way to a cut, revoked ones too."""
        branch = self.branches[cut.timeline]
        if branch.parent is not None:
            earlier = min(branch.parent.tick, cut.tick)
            yield from self.path(Cut(branch.parent.timeline, earlier))
        for tick, events in branch.changes:
            if tick <= cut.tick:
                for place, event in enumerate(events):
                    yield EventId(tick, place), event

    def revoked(self, timeline: int) -> frozenset[EventId]:
        branch = self.branches[timeline]
        above = self.revoked(branch.parent.timeline) if branch.parent else frozenset()
        return branch.revoked | above

    def told(self, cut: Cut) -> list[tuple[EventId, Event]]:
        """The events that a cut shows, in order."""
        revoked = self.revoked(cut.timeline)
        return [(id_, event) for id_, event in self.path(cut) if id_ not in revoked]

    def state(self, cut: Cut) -> dict[Name, tuple[EventId, object]]:
        """Everything that is live as of a cut."""
        state: dict[Name, tuple[EventId, object]] = {}
        for id_, event in self.told(cut):
            name = (event.store, event.key)
            state.pop(name, None)
            if event.value is not None:
                state[name] = (id_, event.value)
        return state

    def commit(self, change: Change) -> str:
        """``done``, or the name of the error that refuses the change."""
        if change.timeline not in self.heads.values():
            return "FencedError"
        state = self.state(Cut(change.timeline, self.tick))
        for expect in change.expects:
            live = state.get((expect.store, expect.key))
            if (live and live[0]) != expect.event:
                return "ConflictError"
        self._write(change.timeline, change.events)
        return "done"

    def fork(
        self, environment: str, parent: Cut | None, *, revoked: frozenset[EventId], event: Event
    ) -> None:
        """Start a branch, point an environment at it, write its first event."""
        number = len(self.branches) + 1
        self.branches[number] = Branch(parent, revoked)
        self.heads[environment] = number
        self.moves.setdefault(environment, []).append(number)
        self._write(number, (event,))

    def _write(self, timeline: int, events: tuple[Event, ...]) -> None:
        self.tick += 1
        self.branches[timeline].changes.append((self.tick, events))
