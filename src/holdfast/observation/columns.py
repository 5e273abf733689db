"""Decisions as columns: what figures of very many of them are computed from, an array at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from holdfast.observation.fact import Fact

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
States = NDArray[np.int8]
Keys = NDArray[np.int64]

MISSING = -1
"""Of a state: the decision says nothing about it. Else 0 for no and 1 for yes."""
LATENCY, SCORE, LABEL = "latency.", "score.", "label."
NONE, BINARY, NUMBER, TEXT = 0, 1, 2, 3
"""What a score is."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A text a row: ``names[codes[row]]``."""

    codes: Codes
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def among(self, *wanted: str) -> Flags:
        """Rows that have one of these texts.

        >>> coded(["a", "b", "a"]).among("b", "c").tolist()
        [False, True, False]
        """
        if not self.names:
            return np.zeros(len(self.codes), dtype=bool)
        chosen: Flags = np.array([name in wanted for name in self.names], dtype=bool)
        found: Flags = chosen[self.codes]
        return found

    def mapped(self, change: Callable[[str], str]) -> Coded:
        """With every text changed; those that become equal are one.

        >>> coded(["ab", "ac"]).mapped(lambda text: text[0]).names
        ('a',)
        """
        turned = coded([change(name) for name in self.names])
        codes = turned.codes[self.codes] if len(turned) else self.codes
        return Coded(codes, turned.names)

    def texts(self) -> list[str]:
        """The text of every row."""
        return [self.names[code] for code in self.codes.tolist()]


def coded(texts: Iterable[str]) -> Coded:
    """Texts with a code each, by the order in which they come first."""
    known: dict[str, int] = {}
    codes = [known.setdefault(text, len(known)) for text in texts]
    return Coded(np.array(codes, dtype=np.int32), tuple(known))


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a scorer says of every row: nothing, yes or no, a number, or a text."""

    kinds: States
    numbers: Floats
    """Of yes and no, 1 and 0; NaN where there is neither these nor a number."""
    texts: Coded

    @property
    def numeric(self) -> Flags:
        """Rows with a number, or yes or no."""
        found: Flags = (self.kinds == BINARY) | (self.kinds == NUMBER)
        return found


class Columns(Protocol):
    """Decisions, oldest first, with what became known of them. Fields are those of ``Fact``."""

    @property
    def size(self) -> int:
        """How many decisions there are."""
        ...

    @property
    def keys(self) -> Keys:
        """A number for each decision: ``key`` of its id."""
        ...

    def number(self, name: str) -> Floats:
        """A figure of each, NaN where it has none; ``latency.STAGE`` in seconds."""
        ...

    def state(self, name: str) -> States:
        """Yes, no or ``MISSING`` of each; ``label.MEASURE`` is what people said."""
        ...

    def text(self, name: str) -> Coded:
        """A text of each."""
        ...

    def score(self, name: str) -> Scores:
        """What a scorer said of each."""
        ...

    def names(self, kind: str) -> tuple[str, ...]:
        """What there is of ``latency.``, ``score.`` or ``label.``, by name, without the prefix."""
        ...


class FactColumns:
    """Rows that are at hand one by one, as ``Columns``.

    >>> FactColumns([]).size
    0
    """

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts

    @property
    def size(self) -> int:
        return len(self._facts)

    @cached_property
    def keys(self) -> Keys:
        return np.array([key(fact.decision) for fact in self._facts], dtype=np.int64)

    def number(self, name: str) -> Floats:
        if name.startswith(LATENCY):
            stage = name.removeprefix(LATENCY)
            values = [fact.latency.get(stage) for fact in self._facts]
        else:
            values = [getattr(fact, name) for fact in self._facts]
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)

    def state(self, name: str) -> States:
        if name.startswith(LABEL):
            label = name.removeprefix(LABEL)
            values: list[Any] = [fact.labels.get(label) for fact in self._facts]
        else:
            values = [getattr(fact, name) for fact in self._facts]
        return np.array([MISSING if v is None else bool(v) for v in values], dtype=np.int8)

    def text(self, name: str) -> Coded:
        return coded(getattr(fact, name) for fact in self._facts)

    def score(self, name: str) -> Scores:
        said = [fact.scores.get(name) for fact in self._facts]
        numbers = [float(v) if isinstance(v, bool | int | float) else np.nan for v in said]
        texts = coded(v if isinstance(v, str) else "" for v in said)
        kinds = np.array([kind_of(v) for v in said], dtype=np.int8)
        return Scores(kinds, np.array(numbers, dtype=np.float64), texts)

    def names(self, kind: str) -> tuple[str, ...]:
        return self._names[kind]

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {LATENCY: set(), SCORE: set(), LABEL: set()}
        for fact in self._facts:
            found[LATENCY].update(fact.latency)
            found[SCORE].update(fact.scores)
            found[LABEL].update(fact.labels)
        return {kind: tuple(sorted(names)) for kind, names in found.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of one decision: its id, when it was made, and what answered."""

    decision: str
    at: int
    release: str
    model: str
    fingerprint: str


def answers(columns: Columns, rows: NDArray[np.intp]) -> list[Answer]:
    """Some rows, one by one."""
    names = ("decision", "release", "model", "fingerprint")
    decisions, *texts = (columns.text(name) for name in names)
    at = columns.number("at")[rows].astype(np.int64).tolist()
    found = [[column.names[code] for code in column.codes[rows].tolist()] for column in texts]
    ids = [decisions.names[code] for code in decisions.codes[rows].tolist()]
    return [Answer(*row) for row in zip(ids, at, *found, strict=True)]


def key(text: str) -> int:
    """A number for a name, as good as unique: of a million, two are alike once in 37 million.

    >>> key("d-1") == key("d-1"), key("d-1") == key("d-2")
    (True, False)
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def kind_of(score: Any) -> int:
    """Whether a score is nothing, yes or no, a number, or a text.

    >>> kind_of(True), kind_of(0.5), kind_of("formal"), kind_of(None)
    (1, 2, 3, 0)
    """
    if isinstance(score, bool):
        return BINARY
    if isinstance(score, str):
        return TEXT
    return NONE if score is None else NUMBER
