"""Reading timelines, environments, moves and snapshots."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import bindparam, func, select

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import commits, environments, moves, revocations, timelines
from holdfast.adapters.sql.sight import Sight
from holdfast.domain.event import Move
from holdfast.domain.moment import Cut, EventId, Head, Piece, Timeline
from holdfast.errors import MomentError, NotFoundError

_TIMELINE = select(
    timelines.c.number,
    timelines.c.parent,
    timelines.c.fork_tick,
    timelines.c.ancestry,
    timelines.c.revokers,
    timelines.c.at,
).where(timelines.c.number == bindparam("number"))
_REVOKED = select(revocations.c.tick, revocations.c.place).where(
    revocations.c.timeline == bindparam("timeline")
)
_HEADS = select(
    environments.c.name,
    environments.c.timeline,
    select(func.max(commits.c.tick))
    .where(commits.c.timeline == environments.c.timeline)
    .scalar_subquery(),
).order_by(environments.c.name)
_MOVES = (
    select(moves.c.environment, moves.c.timeline, moves.c.tick, moves.c.at, moves.c.operation)
    .where(moves.c.environment == bindparam("environment"))
    .order_by(moves.c.tick)
)
_TICK = select(func.max(commits.c.tick))
_PART = (
    select(commits.c.tick)
    .where(
        commits.c.timeline == bindparam("timeline"),
        commits.c.tick > bindparam("after"),
        commits.c.tick <= bindparam("until"),
    )
    .suffix_with("LIMIT 1")
)


class TimelineReader:
    """A timeline never changes once it is there, so each is read from the database once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sights: dict[int, Sight] = {}
        self._revoked: dict[str, frozenset[EventId]] = {"[]": frozenset()}
        self._masks = count(-1, -1)
        self._timeline = database.prepare(_TIMELINE, "number")
        self._revocations = database.prepare(_REVOKED, "timeline")
        self._heads = database.prepare(_HEADS)
        self._moves = database.prepare(_MOVES, "environment")
        self._tick = database.prepare(_TICK)
        self._part = database.prepare(_PART, "timeline", "after", "until")

    def sight(self, number: int) -> Sight:
        """What a timeline shows. Raises ``NotFoundError``."""
        sight = self._sights.get(number)
        if sight is None:
            sight = self._sights[number] = Sight(self._read(number))
        return sight

    def learn(self, timeline: Timeline) -> None:
        """Take over a timeline that has just been stored."""
        self._sights[timeline.number] = Sight(timeline)

    @contextmanager
    def masked(self, cut: Cut, hidden: Collection[EventId]) -> Iterator[Cut]:
        """A timeline of this process alone that starts at ``cut`` without ``hidden``."""
        self.check(cut)
        number = next(self._masks)
        revoked = self.sight(cut.timeline).timeline.revoked | frozenset(hidden)
        self.learn(Timeline(number, cut, self.pieces(cut), revoked, 0))
        try:
            yield Cut(number, cut.tick)
        finally:
            del self._sights[number]

    def heads(self) -> dict[str, Head]:
        return {row[0]: Head(*row) for row in self._database.rows(self._heads)}

    def moves(self, environment: str) -> list[Move]:
        return [Move(*row) for row in self._database.rows(self._moves, (environment,))]

    def check(self, cut: Cut) -> None:
        """Raise ``MomentError`` unless a cut lies in the past of a timeline that is there."""
        newest = self._database.rows(self._tick)[0][0] or 0
        if not 0 <= cut.tick <= newest:
            raise MomentError(f"no moment {cut}: the ticks are 1 to {newest}")
        try:
            self.sight(cut.timeline)
        except NotFoundError as error:
            raise MomentError(f"no moment {cut}: {error}") from error

    def pieces(self, cut: Cut) -> tuple[Piece, ...]:
        """What a timeline that forks at ``cut`` inherits, without a piece that holds nothing.

        Only the last piece can be empty: the others are as they were when found to hold something.
        """
        spans = self.sight(cut.timeline).timeline.spans(cut.tick)
        if spans and not self._holds(spans[-1]):
            return spans[:-1]
        return spans

    def _holds(self, piece: Piece) -> bool:
        bounds = (piece.timeline, piece.after, piece.until)
        return bool(self._database.rows(self._part, bounds))

    def _read(self, number: int) -> Timeline:
        rows = self._database.rows(self._timeline, (number,))
        if not rows:
            raise NotFoundError(f"no timeline {number!r}; environments name the ones in use")
        _, parent, tick, ancestry, revokers, at = rows[0]
        return Timeline(
            number,
            None if parent is None else Cut(parent, tick),
            tuple(Piece(*piece) for piece in json.loads(ancestry)),
            self._revoked_by(revokers),
            at,
        )

    def _revoked_by(self, revokers: str) -> frozenset[EventId]:
        # Descendants share their revocations, so they share the set.
        known = self._revoked.get(revokers)
        if known is None:
            known = frozenset(
                EventId(*row)
                for revoker in json.loads(revokers)
                for row in self._database.rows(self._revocations, (revoker,))
            )
            self._revoked[revokers] = known
        return known
