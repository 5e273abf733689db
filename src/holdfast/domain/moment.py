"""Points in the life of a system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """One consistent state of everything: what a timeline shows as of a tick.

    ``timeline`` is the timeline's number; ``tick`` numbers the changes of the whole ledger.

    >>> str(Cut(3, 1234))
    't3@1234'
    """

    timeline: int
    tick: int

    def __str__(self) -> str:
        return f"t{self.timeline}@{self.tick}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Ticks ``after < tick <= until`` of one timeline: a piece of an ancestry."""

    timeline: int
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A branch of the ledger.

    ``ancestry`` is flattened when the timeline is made: disjoint pieces of older timelines in
    ascending ticks, empty ones pruned; the timeline's own ticks (all above ``fork.tick``) are not
    in it. ``revoked`` holds the events that are invisible here and in every descendant that forks
    from here.
    """

    number: int
    fork: Cut | None
    ancestry: tuple[Piece, ...]
    revoked: frozenset[EventId]
    at: int
    """Creation, microseconds since 1970 UTC."""

    def spans(self, tick: int) -> tuple[Piece, ...]:
        """The pieces visible as of ``tick``, ascending, the timeline's own last."""
        start = self.fork.tick if self.fork else 0
        own = (Piece(self.number, start, tick),) if tick > start else ()
        clipped = tuple(
            piece if piece.until <= tick else Piece(piece.timeline, piece.after, tick)
            for piece in self.ancestry
            if piece.after < tick
        )
        return clipped + own


@dataclass(frozen=True, slots=True, order=True)
class EventId:
    """An event: its change's tick and its place within the change.

    >>> str(EventId(12, 0))
    '@12.0'
    """

    tick: int
    place: int

    def __str__(self) -> str:
        return f"@{self.tick}.{self.place}"


@dataclass(frozen=True, slots=True)
class Head:
    """Where an environment is: the timeline it names and the newest tick visible there."""

    environment: str
    timeline: int
    tick: int

    @property
    def cut(self) -> Cut:
        return Cut(self.timeline, self.tick)
