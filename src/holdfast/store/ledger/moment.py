"""What a moment's text means: one cut.

A moment is a tick (``@1234``), a tick of a timeline (``t3@1234``), ``head`` or an environment's
name, a snapshot's name, a decision's id or unique prefix, a prefix of a release's digest, or a
timestamp or phrase ("2 hours ago"); after any of them ``~N`` goes N changes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import groupby, islice

from holdfast.domain.digest import short
from holdfast.domain.event import Commit, Move
from holdfast.domain.moment import Cut
from holdfast.errors import MomentError, NotFoundError
from holdfast.ports.clock import Clock
from holdfast.ports.ledger import Ledger, Query
from holdfast.ports.timelines import Timelines
from holdfast.store.ledger.timeline import head

_BACK = re.compile(r"(.*?)((?:~\d{0,9})*)", re.DOTALL)
_TICK = re.compile(r"(?:t(\d{1,18}))?@(\d{1,18})")
_EVENT = re.compile(r"@(\d+)\.\d+")
_RELEASE = re.compile(r"(?:release:|sha256:)?([0-9a-f]{4,64})")
_CANDIDATES = 5
"""How many of an ambiguous prefix's meanings a message names."""


def resolve(
    text: str, *, environment: str, ledger: Ledger, timelines: Timelines, clock: Clock
) -> Cut:
    """The cut that a text means to an environment.

    Ticks and times mean what the environment showed then (as in a reflog), also where it has
    been rolled back since. A release means its newest deployment on the environment's ancestry,
    else anywhere; a decision the cut in its stamp. Raises ``MomentError`` naming the nearest
    moments, ``NotFoundError`` for an unknown environment.
    """
    moments = _Moments(environment, ledger=ledger, timelines=timelines, clock=clock)
    return moments.resolve(text.strip())


class _Moments:
    """The moments of one environment."""

    def __init__(
        self, environment: str, *, ledger: Ledger, timelines: Timelines, clock: Clock
    ) -> None:
        self._head = head(timelines, environment)
        self._ledger = ledger
        self._timelines = timelines
        self._clock = clock
        heads = timelines.heads()
        self._heads = {name: at.cut for name, at in heads.items()}
        # Every timeline has a head or was left for one with newer ticks.
        self._newest = max(cut.tick for cut in self._heads.values())

    def resolve(self, text: str) -> Cut:
        parts = _BACK.fullmatch(text)
        name, back = (parts[1], parts[2]) if parts else (text, "")
        steps = sum(int(step or 1) for step in back.split("~")[1:])
        cut = self._named(name or "head") if text else None
        if cut is None:
            raise MomentError(self._unknown(name))
        return self._back(cut, steps, text=text) if steps else cut

    def _named(self, name: str) -> Cut | None:
        meanings: tuple[Callable[[str], Cut | None], ...] = (
            self._tick,
            self._environment,
            self._snapshot,
            self._decision,
            self._release,
            self._time,
        )
        return next((cut for meaning in meanings if (cut := meaning(name)) is not None), None)

    def _tick(self, name: str) -> Cut | None:
        event = _EVENT.fullmatch(name)
        if event:
            raise MomentError(f"{name!r} is an event; its moment is '@{event[1]}'")
        parts = _TICK.fullmatch(name)
        if not parts:
            return None
        tick = int(parts[2])
        if not 1 <= tick <= self._newest:
            nearest = min(max(tick, 1), self._newest)
            raise MomentError(
                f"no moment {name!r}: the ticks are @1 to @{self._newest}, "
                f"the nearest is @{nearest}"
            )
        if parts[1] is None:
            return Cut(self._headed(lambda move: move.tick <= tick), tick)
        try:
            return Cut(self._timelines.timeline(int(parts[1])).number, tick)
        except NotFoundError as error:
            raise MomentError(f"no moment {name!r}: {error}") from error

    def _environment(self, name: str) -> Cut | None:
        return self._head.cut if name == "head" else self._heads.get(name)

    def _snapshot(self, name: str) -> Cut | None:
        return next((s.cut for s in self._timelines.snapshots() if s.name == name), None)

    def _decision(self, name: str) -> Cut | None:
        prefix = name.removeprefix("decision:")
        found = self._decisions(Query(store="decisions", key=prefix))
        if not found:
            found = self._decisions(Query(store="decisions", prefix=prefix))
        if len(found) > 1:
            raise MomentError(_ambiguous(name, "decisions", found))
        return next(iter(found.values()), None)

    def _decisions(self, query: Query) -> dict[str, Cut]:
        """The first few decisions that a query finds, and their cuts."""
        found: dict[str, Cut] = {}
        for _, entry in self._ledger.history(query):
            if entry.value is not None:
                stamp = entry.value["stamp"]
                found[entry.key] = Cut(stamp["timeline"], stamp["tick"])
            if len(found) == _CANDIDATES:
                break
        return found

    def _release(self, name: str) -> Cut | None:
        parts = _RELEASE.fullmatch(name)
        if not parts:
            return None
        here = self._deployments(parts[1], within=self._head.cut)
        # Whatever was revoked since stays so: the cut is seen from where the environment is.
        found = {release: Cut(self._head.timeline, commit.tick) for release, commit in here}
        if not found:
            found = {r: commit.cut for r, commit in self._deployments(parts[1], within=None)}
        if len(found) > 1:
            raise MomentError(_ambiguous(name, "releases", map(short, found)))
        return next(iter(found.values()), None)

    def _deployments(self, prefix: str, *, within: Cut | None) -> list[tuple[str, Commit]]:
        """Each deployed release of that prefix and its newest deployment."""
        query = Query(store="releases", key="deployed", within=within)
        found = {
            entry.value["release"]: commit
            for commit, entry in self._ledger.history(query)
            if entry.value is not None and entry.value["release"].startswith(prefix)
        }
        return list(found.items())

    def _time(self, name: str) -> Cut | None:
        at = self._clock.parse(name)
        if at is None:
            return None
        if at > max(self._clock.now(), self._known().at):
            raise MomentError(f"{name!r} is {_said(at)}, which is yet to come; {self._range()}")
        timeline = self._headed(lambda move: move.at <= at)
        commit = self._last(Query(within=Cut(timeline, self._newest), before=at))
        if commit is None:
            raise MomentError(
                f"{name!r} is {_said(at)}, before anything was there; {self._range()}"
            )
        return Cut(timeline, commit.tick)

    def _headed(self, before: Callable[[Move], bool]) -> int:
        """The timeline the environment headed after the last of its moves that is ``before``.

        Before its first move it is that of the first: what it forked from is its ancestry.
        """
        moves = self._timelines.moves(self._head.environment)
        return ([move for move in moves if before(move)] or moves[:1])[-1].timeline

    def _back(self, cut: Cut, steps: int, *, text: str) -> Cut:
        history = self._ledger.history(Query(within=cut, newest_first=True))
        ticks = [
            tick for tick, _ in islice(groupby(commit.tick for commit, _ in history), steps + 1)
        ]
        if len(ticks) <= steps:
            raise MomentError(
                f"no moment {text!r}: there are {len(ticks)} changes up to {cut}; "
                f"the oldest is ~{max(len(ticks) - 1, 0)}"
            )
        return self._unrevoked(Cut(cut.timeline, ticks[-1]))

    def _unrevoked(self, cut: Cut) -> Cut:
        """A cut of the past as it was then: what a recovery took back since is there."""
        timeline = self._timelines.timeline(cut.timeline)
        fork = timeline.fork
        if fork is None or cut.tick > fork.tick:
            return cut
        before = self._unrevoked(Cut(fork.timeline, cut.tick))
        same = self._timelines.timeline(before.timeline).revoked == timeline.revoked
        return cut if same else before

    def _unknown(self, name: str) -> str:
        names = ["head", *self._heads, *(s.name for s in self._timelines.snapshots())]
        close = get_close_matches(name, names, n=3)
        if name.isdecimal() and 1 <= int(name) <= self._newest:
            close.insert(0, f"@{name}")
        meant = f" did you mean {' or '.join(map(repr, close))}?" if close else ""
        return (
            f"no moment {name!r}:{meant} a moment is a tick (@1 to @{self._newest}), head, an "
            "environment, a snapshot, a decision, a deployed release's digest or a time "
            f"({self._range()}), each with ~N for N changes back"
        )

    def _range(self) -> str:
        oldest = self._last(Query(within=self._head.cut), newest=False)
        span = f"{_said(oldest.at)} to {_said(self._known().at)}" if oldest else "nothing"
        return f"known are {span}"

    def _known(self) -> Commit:
        """The environment's newest commit."""
        newest = self._last(Query(within=self._head.cut))
        if newest is None:
            raise MomentError(f"environment {self._head.environment!r} shows no changes yet")
        return newest

    def _last(self, query: Query, *, newest: bool = True) -> Commit | None:
        found = self._ledger.history(replace(query, newest_first=newest, limit=1))
        return next((commit for commit, _ in found), None)


def _ambiguous(name: str, kind: str, candidates: Iterable[str]) -> str:
    return f"{name!r} could be several {kind}: {', '.join(candidates)}; give more of it"


def _said(at: int) -> str:
    return str(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at))
