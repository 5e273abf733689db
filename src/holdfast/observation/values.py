"""Measures of very many decisions at once: the same values as ``Measure.of``, by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from holdfast.domain.decision import ANSWERED, BLOCKED, FAILED
from holdfast.errors import UsageError
from holdfast.observation import outcome
from holdfast.observation.columns import (
    BINARY,
    LABEL,
    MISSING,
    NONE,
    TEXT,
    Columns,
    Flags,
    Floats,
    Scores,
    States,
)
from holdfast.observation.fact import TOTAL
from holdfast.observation.measure import LATENCY, SCORE, Measure

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A measure of every row."""

    numbers: Floats
    """NaN where a decision says nothing; of yes and no, 1 and 0."""
    binary: Flags
    """Rows whose value is yes or no."""

    def of(self, rows: Flags | slice) -> Values:
        """Those of some rows that say something."""
        chosen = self.numbers[rows]
        there = ~np.isnan(chosen)
        return Values(chosen[there], self.binary[rows][there])


def values(measure: Measure, columns: Columns) -> Values:
    """What a measure says of every row. Raises ``UsageError`` for one that has no columns."""
    if measure.name in BY_NAME:
        return BY_NAME[measure.name](columns)
    if measure.name.startswith(LATENCY):
        return _number(columns.number(measure.name))
    if measure.name.startswith(SCORE):
        return _scored(columns.score(measure.name.removeprefix(SCORE)))
    raise UsageError(f"the measure {measure.name!r} cannot be worked out by columns")


def _number(numbers: Floats) -> Values:
    return Values(numbers, np.zeros(len(numbers), dtype=bool))


def _yes(found: Flags, *, where: Flags | None = None) -> Values:
    """Yes or no, of those rows that say anything."""
    numbers = found.astype(np.float64)
    if where is not None:
        numbers[~where] = np.nan
    return Values(numbers, np.ones(len(numbers), dtype=bool))


def _stated(states: States, *, where: Flags | None = None) -> Values:
    there = states != MISSING
    return _yes(states == 1, where=there if where is None else there & where)


def _scored(said: Scores) -> Values:
    return Values(np.where(said.numeric, said.numbers, np.nan), said.kinds == BINARY)


def _is(columns: Columns, name: str) -> Flags:
    found: Flags = columns.state(name) == 1
    return found


def _status(columns: Columns, *wanted: str) -> Flags:
    return columns.text("status").among(*wanted)


def _grounded(columns: Columns) -> tuple[Flags, Flags]:
    """Which rows are grounded, and of which it is known."""
    said = columns.score("grounding")
    # NaN, of rows without a number, is not above anything.
    return np.where(said.numeric, said.numbers, 0.0) >= 1.0, said.numeric


def _hallucinated(columns: Columns) -> Values:
    good, known = _grounded(columns)
    return _yes(~good, where=known)


def _resolved(columns: Columns) -> Values:
    came = columns.text("outcome")
    said = columns.score("resolution")
    by_score = np.where(said.numeric, said.numbers, 1.0) >= HALF
    bad = _is(columns, "refused") | _status(columns, BLOCKED) | came.among(*outcome.BAD)
    found = came.among(outcome.THANKED) | (~bad & by_score)
    return _yes(found, where=~_status(columns, FAILED))


def _next(wanted: str) -> Callable[[Columns], Values]:
    def of(columns: Columns) -> Values:
        came = columns.text("outcome")
        return _yes(came.among(wanted), where=~came.among("", outcome.LAST))

    return of


def _answered(columns: Columns, found: Flags) -> Values:
    return _yes(found, where=~_status(columns, FAILED))


def _safe(columns: Columns) -> Values:
    said = columns.score("safety")
    words = (said.kinds == TEXT) & ~said.texts.among("")
    found = words | (said.numeric & (said.numbers != 0))
    return _yes(found, where=said.kinds != NONE)


def _friendly(columns: Columns) -> Values:
    said = columns.score("tone")
    return _yes(~said.texts.among("hostile", "dismissive"), where=said.kinds == TEXT)


def _wrong_hit(columns: Columns) -> Values:
    found = columns.text("feedback").among("down", "correct")
    found |= columns.text("outcome").among(*outcome.BAD)
    for name in columns.names(LABEL):
        found |= columns.state(f"{LABEL}{name}") == 0
    good, known = _grounded(columns)
    return _yes(found | (known & ~good), where=_is(columns, "cached"))


def _feedback(columns: Columns) -> Values:
    said = columns.text("feedback")
    return _yes(said.among("up"), where=~said.among(""))


def _formatted(columns: Columns) -> Values:
    where = _status(columns, ANSWERED) & _is(columns, "told")
    return _yes(_is(columns, "formatted"), where=where)


def _length(columns: Columns) -> Values:
    return _number(np.where(_status(columns, ANSWERED), columns.number("length"), np.nan))


def _similarity(columns: Columns) -> Values:
    there = columns.number("passages") > 0
    return _number(np.where(there, columns.number("similarity"), np.nan))


def _grounds(columns: Columns) -> Values:
    good, known = _grounded(columns)
    return _yes(good, where=known)


BY_NAME: Mapping[str, Callable[[Columns], Values]] = MappingProxyType(
    {
        "availability": lambda c: _yes(~_status(c, FAILED)),
        "latency": lambda c: _number(c.number(f"{LATENCY}{TOTAL}")),
        "stamp": lambda c: _yes(_is(c, "complete")),
        "grounded": _grounds,
        "hallucinated": _hallucinated,
        "policy": lambda c: _answered(c, ~_is(c, "broken")),
        "resolved": _resolved,
        "thanked": _next(outcome.THANKED),
        "rephrased": _next(outcome.REPHRASED),
        "escalated": _next(outcome.ESCALATED),
        "gave-up": _next(outcome.GAVE_UP),
        "relevance": lambda c: _scored(c.score("relevance")),
        "safe": _safe,
        "tone": _friendly,
        "helpful": lambda c: _answered(c, ~_is(c, "refused")),
        "refused": lambda c: _answered(c, _is(c, "refused")),
        "whole": lambda c: _answered(c, ~_is(c, "truncated")),
        "length": _length,
        "formatted": _formatted,
        "language": lambda c: _stated(c.state("spoken"), where=_status(c, ANSWERED)),
        "feedback": _feedback,
        "good": lambda c: _stated(c.state(f"{LABEL}good")),
        "tokens": lambda c: _number(c.number("input_tokens") + c.number("output_tokens")),
        "cost": lambda c: _number(c.number("cost")),
        "cached": lambda c: _yes(_is(c, "cached")),
        "wrong-hit": _wrong_hit,
        "evidence": lambda c: _yes(c.number("passages") > 0),
        "similarity": _similarity,
    }
)
"""Every measure of ``MEASURES``; a test holds the two together, value by value."""
