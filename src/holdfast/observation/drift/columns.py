"""Decisions as a table: a column for each signal, three for each text that is embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from holdfast.observation.drift.column import labels, numbers
from holdfast.observation.drift.reference import Feature
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.signal import EVERY, Signal, signal
from holdfast.observation.drift.topics import Topics
from holdfast.observation.measure import SCORE
from holdfast.statistics.require import Floats, Ints
from holdfast.statistics.sketch.label import LabelSketch, shorten
from holdfast.statistics.sketch.number import NumberSketch

__all__ = ["NOVELTY", "TOPIC", "Embed", "binned", "bins", "tabulate", "texts"]

Embed: TypeAlias = Callable[[Sequence[str]], Floats]
"""Unit vectors of texts, one row each."""
TOPIC, NOVELTY = "/topic", "/novelty"
"""After a text's name: which of the usual topics is nearest, and how far from it."""


def tabulate(
    rows: Sequence[Seen], watch: Sequence[str], *, topics: Mapping[str, Topics], embed: Embed
) -> Any:
    """An Arrow table of decisions in the order they came.

    >>> tabulate([], ["latency"], topics={}, embed=lambda texts: np.empty((0, 1))).num_columns
    1
    """
    found: dict[str, Any] = {}
    for name in watch:
        one = signal(name)
        if one.kind == "repeat":
            continue
        if one.kind == "text":
            found.update(_meaning(one, rows, topics.get(name), embed))
        elif one.kind == "scores":
            found.update(_scores(one, rows))
        else:
            found[name] = _array([one.of(row) for row in rows], one.kind)
    return pa.table(found)


def texts(rows: Sequence[Seen], name: str) -> list[str]:
    """What a text signal says of those rows that say something."""
    of = signal(name).of
    return [said for row in rows if isinstance(said := of(row), str) and said]


def binned(column: Any, like: Feature) -> Ints:
    """The bin of each row in a sketch's layout; -1 is missing.

    >>> from holdfast.statistics.sketch.number import NumberLayout
    >>> sketch = NumberLayout.of(np.array([1.0, 2.0])).sketch(np.empty(0))
    >>> binned(pa.array([0.5, 2.0, None]), Feature("number", sketch))
    array([ 0,  2, -1])
    """
    match like.sketch:
        case NumberSketch(layout=layout):
            values = numbers(column).values
            codes = np.searchsorted(np.array(layout.edges), values, side="left")
            return np.where(np.isfinite(values), codes, -1).astype(np.int64)
        case LabelSketch(layout=layout):
            names, codes = labels(column)
            place = {name: number for number, name in enumerate(layout.names)}
            to = [-1 if n is None else place.get(shorten(n), layout.bins - 1) for n in names]
            return np.array([*to, -1], dtype=np.int64)[codes]
        case _:
            return np.full(len(column), -1, dtype=np.int64)


def bins(like: Feature) -> int:
    """How many bins a sketch's layout has; 0 for what has none."""
    sketch = like.sketch
    return sketch.layout.bins if isinstance(sketch, NumberSketch | LabelSketch) else 0


def _array(values: Sequence[Any], kind: str) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return pa.array(values, type=pa.null())
    if kind == "label" or all(isinstance(value, bool | str) for value in known):
        return pa.array([_word(value) for value in values], type=pa.string())
    return pa.array([None if v is None else float(v) for v in values], type=pa.float64())


def _word(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _scores(one: Signal, rows: Sequence[Seen]) -> Iterator[tuple[str, Any]]:
    known = sorted({name for row in rows for name in row.scores})
    wanted = one.name.removeprefix(SCORE)
    for name in known:
        if one.name == EVERY or name.partition("@")[0] == wanted:
            yield f"{SCORE}{name}", _array([row.scores.get(name) for row in rows], "scores")


def _meaning(
    one: Signal, rows: Sequence[Seen], known: Topics | None, embed: Embed
) -> Iterator[tuple[str, Any]]:
    said = [one.of(row) or "" for row in rows]
    there = [place for place, text in enumerate(said) if text]
    vectors = embed([str(said[place]) for place in there]) if there else np.empty((0, 1))
    points: list[Any] = [None] * len(rows)
    for place, vector in zip(there, vectors, strict=True):
        points[place] = vector.astype(np.float32)
    width = pa.list_(pa.float32())
    yield one.name, pa.array(points, type=width) if there else pa.array(points, type=pa.null())
    if known is None:
        return
    topic: list[str | None] = [None] * len(rows)
    novelty: list[float | None] = [None] * len(rows)
    if there:
        nearest, far = known.place(vectors)
        for place, group, distance in zip(there, nearest, far, strict=True):
            topic[place], novelty[place] = known.names[group], float(distance)
    yield one.name + TOPIC, _array(topic, "label")
    yield one.name + NOVELTY, _array(novelty, "number")
