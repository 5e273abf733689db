"""Columns of decisions out of kept rows, each worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.domain.decision import ANSWERED
from holdfast.observation.columns import (
    LABEL,
    LATENCY,
    MISSING,
    NONE,
    SCORE,
    Coded,
    Codes,
    Flags,
    Floats,
    Keys,
    Scores,
    States,
)
from holdfast.observation.fact import folder_of
from holdfast.observation.outcome import GAVE_UP, LAST, REPHRASED
from holdfast.observation.rollup.block import (
    ALONE,
    ASSESSMENTS,
    FEEDBACK,
    LABELS,
    LATER,
    Block,
    ticks,
)
from holdfast.observation.rollup.turns import Pair


class Sources(NamedTuple):
    """Where what no block holds comes from: asked for only when it is needed."""

    paths: Callable[[], Mapping[str, str]]
    follow: Callable[[list[Pair]], Mapping[tuple[int, int], str]]


class Span(NamedTuple):
    """Whose decisions, from when to when (microseconds since 1970, both ends included)."""

    environment: str
    since: int
    before: int | None


class Part:
    """Some rows of a table, column by column."""

    def __init__(self, table: pa.Table, rows: Flags) -> None:
        self._table = table
        chosen = np.flatnonzero(rows)
        self.size = len(chosen)
        run = self.size and self.size == chosen[-1] - chosen[0] + 1
        # Most often all rows of a time are of one environment: then nothing is copied.
        self._rows = slice(int(chosen[0]), int(chosen[-1]) + 1) if run else chosen

    @property
    def names(self) -> list[str]:
        found: list[str] = self._table.column_names
        return found

    def numbers(self, name: str) -> NDArray[Any]:
        found: NDArray[Any] = self._table[name].to_numpy()[self._rows]
        return found

    def coded(self, name: str) -> Coded:
        found = _coded(self._table[name])
        return Coded(found.codes[self._rows], found.names)

    def texts(self, name: str) -> list[str]:
        column = self._table[name]
        if isinstance(self._rows, slice):
            found: list[str] = column.slice(self._rows.start, self.size).to_pylist()
            return found
        every: list[str] = column.to_pylist()
        return [every[row] for row in self._rows.tolist()]


class KeptColumns:
    """``Columns`` of those of a block's decisions that are in a span."""

    def __init__(self, block: Block, *, span: Span, sources: Sources) -> None:
        rows, said = (_between(table, span) for table in block)
        rows &= _coded(block.decisions["environment"]).among(span.environment)
        self._rows, self._said = Part(block.decisions, rows), Part(block.known, said)
        self._sources = sources
        self._cached: dict[str, Any] = {}

    @property
    def size(self) -> int:
        return self._rows.size

    @property
    def keys(self) -> Keys:
        return self._rows.numbers("key")

    @property
    def events(self) -> Keys:
        """Where each stands on the ledger, as one number: see ``place``."""
        return self._rows.numbers("event")

    @property
    def ticks(self) -> Keys:
        """The tick of each."""
        return ticks(self.events)

    def number(self, name: str) -> Floats:
        if name not in self._cached:
            self._cached[name] = self._number(name)
        found: Floats = self._cached[name]
        return found

    def state(self, name: str) -> States:
        if name.startswith(LABEL):
            said = self._of(LABELS, name.removeprefix(LABEL))
            return np.where(said.kinds == NONE, MISSING, said.numbers == 1).astype(np.int8)
        return self._rows.numbers(name)

    def text(self, name: str) -> Coded:
        if name not in self._cached:
            self._cached[name] = self._text(name)
        found: Coded = self._cached[name]
        return found

    def score(self, name: str) -> Scores:
        kept = f"{SCORE}{name}"
        if kept not in self._cached:
            self._cached[kept] = self._of(ASSESSMENTS, name)
        found: Scores = self._cached[kept]
        return found

    def scorers(self, name: str) -> Coded:
        """Of what ``score`` tells, which version of the scorer said it."""
        at, known = self._newest(ASSESSMENTS, name), self._said.coded("scorer")
        silent = len(known.names)
        codes = np.append(known.codes, silent)[at]
        return Coded(codes.astype(np.int32), (*known.names, ""))

    def names(self, kind: str) -> tuple[str, ...]:
        if kind == LATENCY:
            # A stage may be one of another environment, or of another time.
            stages = (
                name.removeprefix(LATENCY)
                for name in self._rows.names
                if name.startswith(LATENCY) and not np.isnan(self.number(name)).all()
            )
            return tuple(sorted(stages))
        return self._names(ASSESSMENTS if kind == SCORE else LABELS)

    def _number(self, name: str) -> Floats:
        if name not in self._rows.names:
            return np.full(self.size, np.nan)
        return self._rows.numbers(name).astype(np.float64)

    def _text(self, name: str) -> Coded:
        match name:
            case "feedback":
                return self._of(FEEDBACK, "").texts
            case "outcome":
                return self._outcomes()
            case "slice":
                return self._slices()
            case "decision":
                ids = self._rows.texts("decision")
                return Coded(np.arange(self.size, dtype=np.int32), tuple(ids))
        return self._rows.coded(name)

    def _slices(self) -> Coded:
        found = self._rows.coded("slice")
        if not any(name.startswith(LATER) and name != LATER for name in found.names):
            return found.mapped(lambda name: folder_of("") if name == LATER else name)
        paths = self._sources.paths()

        def placed(name: str) -> str:
            if not name.startswith(LATER):
                return name
            return folder_of(paths.get(name.removeprefix(LATER), ""))

        return found.mapped(placed)

    # -- what became known later

    @cached_property
    def _known(self) -> _Known:
        said = self._said
        return _Known(
            said.numbers("store"), said.coded("name"), said.numbers("kind"),
            said.numbers("number"), said.coded("text"), *self._places,
        )  # fmt: skip

    @cached_property
    def _places(self) -> tuple[Keys, Keys, int]:
        """For each thing said and for each row, the decision's place among all ids."""
        keys: Keys = self._rows.numbers("key")
        ids, rows = np.unique(keys, return_inverse=True)
        said: Keys = self._said.numbers("key")
        places = np.minimum(np.searchsorted(ids, said), max(len(ids) - 1, 0))
        there = ids[places] == said if len(ids) else np.zeros(len(said), dtype=bool)
        return np.where(there, places, -1), rows, len(ids)

    def _of(self, store: int, name: str) -> Scores:
        """The newest that was said of every row, under a name."""
        known, at = self._known, self._newest(store, name)
        there = at >= 0
        if not len(known.stores):
            return _silent(self.size)
        kinds = np.where(there, known.kinds[at], NONE).astype(np.int8)
        numbers = np.where(there, known.numbers[at], np.nan)
        silent = len(known.texts.names)
        codes = np.where(there, known.texts.codes[at], silent).astype(np.int32)
        return Scores(kinds, numbers, Coded(codes, (*known.texts.names, "")).mapped(str))

    def _newest(self, store: int, name: str) -> Keys:
        """Of every row, which of the things said is the newest under a name; -1 for none."""
        known = self._known
        chosen = np.flatnonzero((known.stores == store) & (known.places >= 0))
        if store != FEEDBACK:
            chosen = chosen[known.names.among(name)[chosen]]
        # Of what is written to one place, the last stays: the newest.
        newest = np.full(known.ids, -1, dtype=np.int64)
        newest[known.places[chosen]] = chosen
        at: Keys = newest[known.rows] if known.ids else np.zeros(0, dtype=np.int64)
        return at

    def _names(self, store: int) -> tuple[str, ...]:
        known = self._known
        chosen = (known.stores == store) & (known.places >= 0)
        codes = np.unique(known.names.codes[chosen]).tolist()
        names = sorted(known.names.names[code] for code in codes)
        # What was said may have been taken back.
        return tuple(name for name in names if self._of(store, name).kinds.any())

    # -- how conversations went on

    def _outcomes(self) -> Coded:
        names = ("", LAST, GAVE_UP)
        codes: Codes = np.zeros(self.size, dtype=np.int32)
        order = self._by_session()
        if not len(order):
            return Coded(codes, names)
        sessions = self._rows.numbers("session")[order]
        goes_on = np.append(sessions[1:] == sessions[:-1], False)
        said = self._said_next(order, goes_on)
        found = np.zeros(len(order), dtype=np.int32)
        found[goes_on] = said.codes + len(names)
        rephrased = np.append(False, goes_on[:-1] & _after(said, REPHRASED, goes_on)[:-1])
        refused = self.state("refused")[order] == 1
        unhelped = refused | ~self.text("status").among(ANSWERED)[order]
        found[~goes_on] = np.where(rephrased | unhelped, 2, 1)[~goes_on]
        codes[order] = found
        return Coded(codes, (*names, *said.names)).mapped(str)

    def _by_session(self) -> Keys:
        """Rows of conversations, each in the order of its turns."""
        rows = self._rows
        sessions: Keys = rows.numbers("session")
        at: Keys = rows.numbers("at")
        inside = np.flatnonzero(sessions != ALONE)
        order = inside[np.lexsort((at[inside], sessions[inside]))]
        same = (sessions[order][1:] == sessions[order][:-1]) & (at[order][1:] == at[order][:-1])
        if same.any():
            names = np.array(self._rows.texts("decision"), dtype=np.str_)
            ranks = np.unique(names[inside], return_inverse=True)[1]
            order = inside[np.lexsort((ranks, at[inside], sessions[inside]))]
        return order

    def _said_next(self, order: Keys, goes_on: Flags) -> Coded:
        """What the turn after says of each turn that has one."""
        ones = order[:-1][goes_on[:-1]]
        others = order[1:][goes_on[:-1]]
        keys: Keys = self._rows.numbers("key")
        told = self.state("told") == 1
        known = self._rows.coded("follows")
        numbers = {name: number for number, name in enumerate(known.names)}
        nothing = numbers.setdefault("", len(numbers))
        codes = known.codes[others].copy()
        both = told[ones] & told[others]
        codes[~both] = nothing
        strange = np.flatnonzero(both & (self._rows.numbers("before")[others] != keys[ones]))
        if len(strange):
            events: Keys = self._rows.numbers("event")
            pairs = [
                Pair(*row)
                for row in zip(
                    keys[ones[strange]].tolist(), keys[others[strange]].tolist(),
                    events[ones[strange]].tolist(), events[others[strange]].tolist(),
                    strict=True,
                )
            ]  # fmt: skip
            follow = self._sources.follow(pairs)
            for place, pair in zip(strange.tolist(), pairs, strict=True):
                said = follow[pair.one, pair.other]
                codes[place] = numbers.setdefault(said, len(numbers))
        return Coded(codes, tuple(numbers))


class _Known(NamedTuple):
    """What was said of decisions: in the order of the ledger within a store."""

    stores: States
    names: Coded
    kinds: States
    numbers: Floats
    texts: Coded
    places: Keys
    rows: Keys
    ids: int


def _after(said: Coded, wanted: str, goes_on: Flags) -> Flags:
    """Of every turn, whether the one after says this of it."""
    found = np.zeros(len(goes_on), dtype=bool)
    found[goes_on] = said.among(wanted)
    return found


def _coded(column: pa.ChunkedArray) -> Coded:
    known: dict[str, int] = {}
    codes: list[Codes] = []
    for chunk in column.chunks:
        names = chunk.dictionary.to_pylist()
        numbers = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int32)
        codes.append(np.take(numbers, chunk.indices.to_numpy(zero_copy_only=False)))
    if not codes:
        return Coded(np.zeros(0, dtype=np.int32), ())
    return Coded(np.concatenate(codes), tuple(known))


def _between(table: pa.Table, span: Span) -> Flags:
    at = table["committed"].to_numpy()
    found: Flags = at >= span.since
    return found if span.before is None else found & (at <= span.before)


def _silent(size: int) -> Scores:
    return Scores(
        np.zeros(size, dtype=np.int8),
        np.full(size, np.nan),
        Coded(np.zeros(size, dtype=np.int32), ("",)),
    )
