"""Decisions of a time as columns, from rows that were kept and what the ledger added since."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from holdfast.domain.erasure import STORE as ERASURES
from holdfast.domain.version import VERSION
from holdfast.evaluation.scorers import refusal
from holdfast.observation import fact, language, outcome
from holdfast.observation.rollup import block as reading
from holdfast.observation.rollup.block import Block, build, joined, whole
from holdfast.observation.rollup.kept import KeptColumns, Sources, Span
from holdfast.observation.rollup.paths import Paths
from holdfast.observation.rollup.shelf import Shelf
from holdfast.observation.rollup.turns import NAME as TURNS
from holdfast.observation.rollup.turns import Turns
from holdfast.pipeline import signature
from holdfast.ports.ledger import Ledger, Query

FORMAT = 2
"""Of the kept rows, and of how a decision is read: what is kept by another is not used."""
SMALL = 512
"""Ticks of the smallest block that is kept; at most as many are read from the ledger each time."""
TOGETHER = 32
"""Small blocks that are kept as one when all of them are there."""
PARTS = ("decisions", "known")
_BLOCK = re.compile(r"b([01])-(\d+)-")


class _Place(NamedTuple):
    """A block: its level (0 is small), and its number among those of its level."""

    level: int
    number: int
    size: int

    @property
    def after(self) -> int:
        return self.number * self.size

    @property
    def until(self) -> int:
        return self.after + self.size

    @property
    def stem(self) -> str:
        """What the names of all versions of it begin with."""
        return f"b{self.level}-{self.number:08d}-"


class Rollups:
    """Kept rows of a ledger: ``Rollups(ledger, folder).columns("production", since=0)``.

    The ledger is the truth, and what is kept is a cache of it: blocks of ticks that are complete,
    each named by the ledger's hash at its end and by what was erased in it. So a block of another
    ledger, or of what was erased since, is never read, and all of it may be removed at any time.
    Safe to use from several threads and processes.
    """

    def __init__(
        self, ledger: Ledger, folder: Path, *, small: int = SMALL, together: int = TOGETHER
    ) -> None:
        self._ledger = ledger
        self._small, self._together = small, together
        self.shelf = Shelf(folder)
        """Where they are kept, and what else can be made again."""
        self._turns = Turns(ledger, self.shelf)
        self._paths = Paths(ledger, self.shelf)
        self._lock = threading.Lock()
        self._erasures: dict[int, list[str]] = {}
        self._looked = 0
        self._names: dict[tuple[_Place, str], str] = {}
        self._open: tuple[int, int, str, Block] | None = None
        self._mapped: dict[str, Block] = {}

    def columns(self, environment: str, *, since: int, before: int | None = None) -> KeptColumns:
        """The decisions of an environment in a time, oldest first, on whatever timeline.

        Times are microseconds since 1970, both ends included; of what became known of a decision,
        what was known by ``before`` counts. A rollback does not unmeasure: what users were told
        counts, also when it was taken back.
        """
        with self._lock:
            head = self._edge(None)
            first = self._first(since)
            last = head if before is None else self._edge(before)
            self._look(head)
            blocks = list(self._blocks(first - 1, last, head=head)) if first else []
            erased = self._erased(0, head)
        found = joined(blocks or [build(self._ledger, after=0, until=0)])
        sources = Sources(lambda: self._paths.all(until=head, erased=erased), self._turns.follow)
        span = Span(environment, since, before)
        return KeptColumns(found, span=span, sources=sources)

    def drop(self) -> None:
        """Remove all that is kept. Raises ``OSError`` where that is not possible."""
        self._mapped.clear()
        self.shelf.drop()

    def forget(self, decisions: Iterable[str]) -> None:
        """Remove what was kept of decisions that are erased by now. Raises ``OSError``."""
        with self._lock:
            self._look(self._edge(None))
            self._mapped.clear()
            for name in sorted(self.shelf.names()):
                found = _BLOCK.match(name)
                place = self._place(*map(int, found.groups())) if found else None
                if name == TURNS:
                    self._turns.forget(decisions)
                elif place is None or name.rpartition(".")[0] != self._name(place):
                    self.shelf.remove(name)

    def _place(self, level: int, number: int) -> _Place:
        return _Place(level, number, self._small * self._together**level)

    def _edge(self, before: int | None) -> int:
        """The newest tick by a time; 0 where there is none."""
        return self._tick(Query(before=before, newest_first=True, limit=1))

    def _first(self, since: int) -> int:
        """The first tick since a time; 0 where there is none."""
        return self._tick(Query(since=since, limit=1))

    def _tick(self, query: Query) -> int:
        return next((commit.tick for commit, _ in self._ledger.history(query)), 0)

    def _look(self, head: int) -> None:
        """Note what was erased since it was looked at last."""
        query = Query(store=ERASURES, prefix="@", after=self._looked, until=head)
        for commit, entry in self._ledger.history(query):
            tick = int(entry.key[1:].partition(".")[0])
            self._erasures.setdefault(tick, []).append(f"{entry.key}@{commit.tick}")
        self._looked = max(self._looked, head)

    def _erased(self, after: int, until: int) -> str:
        """A name for all that was erased in some ticks; empty for nothing."""
        marks = sorted(
            mark for tick, some in self._erasures.items() if after < tick <= until for mark in some
        )
        return _digest(*marks) if marks else ""

    def _blocks(self, after: int, until: int, *, head: int) -> Iterator[Block]:
        """What covers some ticks, in their order."""
        there = self.shelf.names()
        at = after // self._small
        while at * self._small < until:
            large = self._place(1, at // self._together)
            if at % self._together == 0 or large.after <= after:
                block = self._kept(large, there) if large.until <= head else None
                if block is not None:
                    yield block
                    at = (large.number + 1) * self._together
                    continue
            small = self._place(0, at)
            if small.until > head:
                yield self._unsealed(small.after, head)
                return
            block = self._kept(small, there)
            if block is None:
                block = build(self._ledger, after=small.after, until=small.until)
                self._keep(small, block, there)
            yield block
            at += 1
            if at % self._together == 0:
                self._merge(large, there)

    def _unsealed(self, after: int, head: int) -> Block:
        """The ticks that do not fill a block yet; those that were read are not read again."""
        erased = self._erased(after, head)
        if self._open is not None and self._open[0] == after and self._open[2] == erased:
            _, until, _, block = self._open
            if until < head:
                block = joined([block, build(self._ledger, after=until, until=head)])
        else:
            block = build(self._ledger, after=after, until=head)
        self._open = (after, head, erased, block)
        return block

    def _merge(self, large: _Place, there: set[str]) -> None:
        """Keep small blocks as one, where all are there."""
        first = large.number * self._together
        small = [self._place(0, first + number) for number in range(self._together)]
        blocks = [block for one in small if (block := self._kept(one, there)) is not None]
        if len(blocks) == self._together:
            self._keep(large, whole(joined(blocks)), there)
            self.shelf.forget(f"{self._name(one)}.{part}" for one in small for part in PARTS)

    def _kept(self, place: _Place, there: set[str]) -> Block | None:
        name = self._name(place)
        files = [f"{name}.{part}" for part in PARTS]
        if not there.issuperset(files):
            return None
        if name not in self._mapped:
            tables = [self.shelf.get(file) for file in files]
            if None in tables:
                return None
            self._mapped[name] = Block(*tables)
        return self._mapped[name]

    def _keep(self, place: _Place, block: Block, there: set[str]) -> None:
        name = self._name(place)
        old = {one for one in there if one.startswith(place.stem)}
        self.shelf.forget(old)
        there -= old
        for part, table in zip(PARTS, block, strict=True):
            self.shelf.put(f"{name}.{part}", table)
            there.add(f"{name}.{part}")

    def _name(self, place: _Place) -> str:
        """What a block is named by: all that its rows rest on."""
        erased = self._erased(place.after, place.until)
        known = self._names.get((place, erased))
        if known is None:
            query = Query(after=place.until - 1, until=place.until, limit=1)
            sealed = next((commit.hash for commit, _ in self._ledger.history(query)), "")
            made = _digest(recipe(), sealed, erased)
            known = self._names[place, erased] = f"{place.stem}{made}"
        return known


@cache
def recipe() -> str:
    """A name for how decisions are read: it changes with the code that reads them.

    >>> recipe() == recipe()
    True
    """
    parts = [str(FORMAT), VERSION]
    for module in (reading, fact, language, outcome, refusal, signature):
        # Where code is not in files, the version has to say it all.
        with suppress(OSError):
            source = Path(module.__file__ or "")
            beside = (source, source.with_suffix(".json"))
            parts += [file.read_bytes().hex() for file in beside if file.is_file()]
    return _digest(*parts)


def _digest(*parts: str) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
