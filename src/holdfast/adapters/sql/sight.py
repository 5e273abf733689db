"""What a timeline shows, in the form that a read asks row by row."""

from __future__ import annotations

from holdfast.domain.moment import Timeline

_FOREVER = 2**63


class Sight:
    """Whether an event that lies at or before a cut's tick is visible from a timeline.

    Every timeline occurs at most once in an ancestry, and none of its ticks is older than its
    piece; so the tick where each piece ends says it all.
    """

    __slots__ = ("_revoked", "_until", "timeline")

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._until = {piece.timeline: piece.until for piece in timeline.ancestry}
        self._until[timeline.number] = _FOREVER
        self._revoked = {(event.tick, event.place) for event in timeline.revoked}

    def shows(self, tick: int, place: int, *, timeline: int) -> bool:
        return tick <= self._until.get(timeline, 0) and not (
            self._revoked and (tick, place) in self._revoked
        )
