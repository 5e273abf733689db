"""What was usual: a sketch of every column, small enough to keep, and safe to load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holdfast.domain.digest import canonical, digest_bytes
from holdfast.errors import CorruptionError, UsageError
from holdfast.observation.drift.column import (
    Kind,
    kind_of,
    labels,
    mostly_numbers,
    numbers,
    points,
)
from holdfast.observation.drift.rows import Rows
from holdfast.statistics.require import Floats
from holdfast.statistics.sketch.label import LabelLayout, LabelSketch
from holdfast.statistics.sketch.number import NumberLayout, NumberSketch
from holdfast.statistics.sketch.points import PointSketch

__all__ = ["Feature", "Reference", "count", "fit"]

Sketch = NumberSketch | LabelSketch | PointSketch
_TOGETHER = 48
"""Columns that are read at a time."""
_RISING = 20
_KINDS: Mapping[str, Any] = {
    "number": NumberSketch,
    "label": LabelSketch,
    "points": PointSketch,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One column; ``sketch`` is None for what is not compared: times, ids, nested values."""

    kind: Kind
    sketch: Sketch | None
    unreadable: int = 0
    example: str = ""
    rising: bool = False
    """Each row greater than the one before, as ids and clocks are."""

    def merge(self, other: Feature) -> Feature:
        """Both together."""
        sketch: Sketch | None = None
        match self.sketch, other.sketch:
            case NumberSketch() as a, NumberSketch() as b:
                sketch = a.merge(b)
            case LabelSketch() as a, LabelSketch() as b:
                sketch = a.merge(b)
            case PointSketch() as a, PointSketch() as b:
                sketch = a.merge(b)
        return Feature(
            self.kind,
            sketch,
            self.unreadable + other.unreadable,
            self.example or other.example,
            self.rising and other.rising,
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns by name, in the order they came, over so many rows."""

    rows: int
    features: Mapping[str, Feature] = field(default_factory=dict)
    source: str = ""
    """Where the rows came from, or the release or moment they belong to."""

    def merge(self, other: Reference) -> Reference:
        """Both together, as if one machine had counted all rows.

        Raises:
            UsageError: other columns.
            StatisticsError: counted with other layouts.
        """
        if set(self.features) != set(other.features):
            odd = sorted(set(self.features) ^ set(other.features))
            raise UsageError(f"only one of two references has a column {odd[0]!r}")
        return Reference(
            self.rows + other.rows,
            {name: one.merge(other.features[name]) for name, one in self.features.items()},
            self.source,
        )

    def to_bytes(self) -> bytes:
        """Canonical JSON, the same for the same rows on any machine."""
        return canonical(
            {
                "format": 1,
                "rows": self.rows,
                "source": self.source,
                "order": list(self.features),
                "features": {
                    name: {
                        "kind": one.kind,
                        "sketch": None if one.sketch is None else one.sketch.to_json(),
                        "unreadable": one.unreadable,
                        "example": one.example,
                        "rising": one.rising,
                    }
                    for name, one in self.features.items()
                },
            }
        )

    @property
    def digest(self) -> str:
        """The content address."""
        return digest_bytes(self.to_bytes())

    @classmethod
    def from_json(cls, value: Any) -> Reference:
        """What ``to_bytes`` wrote, parsed.

        Raises:
            CorruptionError: it is no reference.
        """
        try:
            found = value["features"]
            return cls(
                int(value["rows"]),
                {name: _feature(found[name]) for name in value["order"]},
                str(value["source"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise CorruptionError(f"not a fitted reference: {e!r}; fit it again") from e


def fit(rows: Rows, *, threads: int = 2) -> Reference:
    """Choose bins from a sample of the rows, then count all of them.

    Raises:
        UsageError: a file without rows or columns.
    """
    if rows.rows == 0 or not rows.columns:
        raise UsageError(f"{rows.name!r} has no rows; a reference needs some")
    return count(rows, like=None, threads=threads, blocks=True)


def count(
    rows: Rows, *, like: Reference | None, threads: int = 2, blocks: bool = False
) -> Reference:
    """Count rows with the bins of a reference; columns it lacks are left out.

    ``blocks`` says whether to learn how neighbouring rows depend; only a reference needs that.
    """
    known = rows.columns if like is None else [c for c in rows.columns if c in like.features]
    parts = [known[i : i + _TOGETHER] for i in range(0, len(known), _TOGETHER)]

    def work(part: Sequence[str]) -> dict[str, Feature]:
        layouts = _layouts(rows, part) if like is None else {c: like.features[c] for c in part}
        found = _none(part)
        for batch in rows.batches(part) if rows.rows else ():
            for name in part:
                more = _counted(batch.column(name), layouts[name], blocks=blocks)
                before = found[name]
                found[name] = more if before is None else before.merge(more)
        return {
            name: _emptied(layouts[name]) if one is None else one for name, one in found.items()
        }

    with ThreadPoolExecutor(max_workers=threads) as pool:
        features = {name: one for part in pool.map(work, parts) for name, one in part.items()}
    return Reference(rows.rows, features, rows.name)


def _none(part: Sequence[str]) -> dict[str, Feature | None]:
    return dict.fromkeys(part)


def _layouts(rows: Rows, part: Sequence[str]) -> dict[str, Feature]:
    """What each column is, as an empty feature."""
    sample = rows.sample(part)
    return {name: _emptied(_guess(sample.column(name), rows.kind(name))) for name in part}


def _guess(column: Any, kind: Any) -> Feature:
    what = kind_of(kind)
    if what == "label" and mostly_numbers(column):
        what = "number"
    if what == "number":
        values = numbers(column).values
        rising = values.size >= _RISING and _rises(values)
        return Feature("number", NumberLayout.of(values).sketch(values[:0]), rising=rising)
    if what == "label":
        names, codes = labels(column)
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        layout = LabelLayout.of({str(n): int(c) for n, c in zip(names, counts, strict=True)})
        return Feature("label", layout.sketch([], codes[:0]))
    if what == "points":
        known = column.drop_null()
        width = len(known[0]) if len(known) else 1
        return Feature("points", PointSketch.of(np.empty((0, width))))
    return Feature(what, None)


def _rises(values: Floats) -> bool:
    return bool(np.all(values[1:] > values[:-1]))


def _counted(column: Any, like: Feature, *, blocks: bool) -> Feature:
    match like.sketch:
        case NumberSketch(layout=layout):
            read = numbers(column)
            rising = like.rising and _rises(read.values)
            return Feature(
                "number",
                layout.sketch(read.values, blocks=blocks),
                read.unreadable,
                read.example,
                rising,
            )
        case LabelSketch(layout=layout):
            names, codes = labels(column)
            return Feature("label", layout.sketch(names, codes, blocks=blocks))
        case PointSketch(width=width):
            if kind_of(column.type) != "points":
                rows = np.full((len(column), width), np.nan)
            else:
                rows = points(column, width=width)
            return Feature("points", PointSketch.of(rows))
        case _:
            return like


def _emptied(like: Feature) -> Feature:
    """The same column without rows."""
    match like.sketch:
        case NumberSketch(layout=layout):
            return Feature("number", layout.sketch(np.empty(0)), rising=like.rising)
        case LabelSketch(layout=layout):
            return Feature("label", layout.sketch([], np.empty(0, dtype=np.int64)))
        case PointSketch(width=width):
            return Feature("points", PointSketch.of(np.empty((0, width))))
        case _:
            return like


def _feature(value: Any) -> Feature:
    sketch = value["sketch"]
    return Feature(
        value["kind"],
        None if sketch is None else _KINDS[sketch["kind"]].from_json(sketch),
        int(value["unreadable"]),
        str(value["example"]),
        bool(value["rising"]),
    )
