"""What monitors see of each decision: its row of figures, its texts, and who scored it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.observation.columns import BINARY, LABEL, MISSING, NONE, SCORE, TEXT
from holdfast.observation.fact import Fact, Paths, read
from holdfast.observation.rollup.block import place as numbered
from holdfast.ports.ledger import Ledger, Query

if TYPE_CHECKING:
    from holdfast.observation.rollup.rollups import Rollups
    from holdfast.statistics.require import Ints

__all__ = ["Decisions", "Found", "Seen", "Stretch", "begins", "newest"]

TOGETHER = 200
"""Decisions between two that are wanted, up to which all of them are read at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was in the prompt: its chunk, its document's path, and how it scored."""

    chunk: str
    path: str
    similarity: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One decision. ``scores`` are by scorer and version: ``grounding@1a2b3c4d``."""

    tick: int
    fact: Fact
    answer: str
    found: tuple[Found, ...] = ()
    scores: Mapping[str, bool | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Decisions of an environment with ``after < tick <= until``, on whatever timeline."""

    environment: str
    after: int = 0
    until: int | None = None


class Decisions:
    """The decisions of a stretch: how many, where they stand, and those that are wanted of them.

    A rollback does not unmeasure: what users were told counts, also when it was taken back.

    Args:
        ledger: what holds them.
        rollups: kept rows of it, which say where they stand, and what became known of them.
        stretch: of which environment, from when to when.
        paths: of documents, where they are known.
    """

    def __init__(
        self, ledger: Ledger, rollups: Rollups, *, stretch: Stretch, paths: Paths | None = None
    ) -> None:
        self._ledger = ledger
        self._environment = stretch.environment
        self._paths = paths or Paths(ledger)
        first = Query(after=stretch.after, until=stretch.until, limit=1)
        since = next((commit.at for commit, _ in ledger.history(first)), None)
        self._columns = rollups.columns(stretch.environment, since=since or 0)
        ticks = self._columns.ticks
        last = len(ticks)
        if stretch.until is not None:
            last = int(np.searchsorted(ticks, stretch.until, side="right"))
        self._first = last if since is None else int(np.searchsorted(ticks, stretch.after + 1))
        self.ticks: Ints = ticks[self._first : last]
        """Of each decision, oldest first."""
        self._known: dict[bool, dict[int, Seen]] = {False: {}, True: {}}

    def __len__(self) -> int:
        return len(self.ticks)

    def rows(self, places: Ints, *, said: bool = True) -> list[Seen]:
        """Decisions by their places in the stretch, ascending.

        ``said``: with what became known of them until now: feedback, scores, labels, and how
        conversations went on. What was read is not read again.
        """
        known = self._known[said]
        new = np.array([place for place in places.tolist() if place not in known], dtype=np.int64)
        found = {place: row for run in _runs(new) for place, row in self._read(run)}
        known.update(self._learned(found) if said and found else found)
        return [known[place] for place in places.tolist() if place in known]

    def _read(self, places: Ints) -> Iterator[tuple[int, Seen]]:
        """Decisions that are near to each other, read from the ledger at once."""
        first, last = (int(self.ticks[place]) for place in (places[0], places[-1]))
        numbers = self._columns.events[self._first + places].tolist()
        wanted = dict(zip(numbers, places.tolist(), strict=True))
        query = Query(store="decisions", after=first - 1, until=last)
        for commit, entry in self._ledger.history(query):
            place, value = wanted.get(numbered(entry.id)), entry.value
            if value is not None and place is not None:
                fact = read(value, paths=self._paths)
                yield place, Seen(commit.tick, fact, value["answer"], _found(value, self._paths))

    def _learned(self, found: Mapping[int, Seen]) -> dict[int, Seen]:
        rows = list(found.values())
        at = self._first + np.array(list(found), dtype=np.int64)
        columns = self._columns
        feedback, outcome = (columns.text(name) for name in ("feedback", "outcome"))
        scores: list[dict[str, Any]] = [{} for _ in rows]
        versions: list[dict[str, Any]] = [{} for _ in rows]
        labels: list[dict[str, bool]] = [{} for _ in rows]
        for name in columns.names(SCORE):
            told, scorers = columns.score(name), columns.scorers(name)
            for row in np.flatnonzero(told.kinds[at] != NONE).tolist():
                place = at[row]
                value: Any = told.numbers[place].item()
                if told.kinds[place] == TEXT:
                    value = told.texts.names[told.texts.codes[place]]
                elif told.kinds[place] == BINARY:
                    value = bool(value)
                scores[row][name] = value
                versions[row][f"{name}@{scorers.names[scorers.codes[place]]}"] = value
        for name in columns.names(LABEL):
            good = columns.state(f"{LABEL}{name}")[at]
            for row in np.flatnonzero(good != MISSING).tolist():
                labels[row][name] = bool(good[row])
        return {
            place: replace(
                row,
                fact=replace(
                    row.fact,
                    feedback=feedback.names[feedback.codes[at[number]]],
                    outcome=outcome.names[outcome.codes[at[number]]],
                    scores=scores[number],
                    labels=labels[number],
                ),
                scores=versions[number],
            )
            for number, (place, row) in enumerate(found.items())
        }


def newest(ledger: Ledger, environment: str, *, most: int, until: int | None = None) -> list[Seen]:
    """The newest decisions, oldest first, as they were recorded; what came later is not told."""
    paths = Paths(ledger)
    found = islice(_backwards(ledger, environment, until), most)
    return [
        Seen(tick, read(value, paths=paths), value["answer"], _found(value, paths))
        for tick, value in reversed(list(found))
    ]


def begins(ledger: Ledger, environment: str, *, most: int, until: int | None = None) -> int:
    """The tick before the newest so many decisions; 0 where there are none."""
    found = [tick for tick, _ in islice(_backwards(ledger, environment, until), most)]
    return found[-1] - 1 if found else 0


def _backwards(
    ledger: Ledger, environment: str, until: int | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    query = Query(store="decisions", until=until, newest_first=True)
    for commit, entry in ledger.history(query):
        if entry.value is not None and entry.value["environment"] == environment:
            yield commit.tick, entry.value


def _runs(places: Ints) -> list[Ints]:
    """Places in groups of neighbours."""
    if not len(places):
        return []
    return np.split(places, np.flatnonzero(np.diff(places) > TOGETHER) + 1)


def _found(value: dict[str, Any], paths: Paths) -> tuple[Found, ...]:
    stamp = value["stamp"]
    return tuple(
        Found(hit["chunk"], paths.path(hit["document"]), hit["similarity"], hit["lexical"])
        for hit in stamp["hits"][: stamp["used"]]
    )
