"""A fitted monitor: its reference, topics, and how rows depend on their neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import canonical
from holdfast.errors import CorruptionError
from holdfast.observation.drift.column import points
from holdfast.observation.drift.columns import (
    NOVELTY,
    TOPIC,
    Embed,
    binned,
    bins,
    tabulate,
    texts,
)
from holdfast.observation.drift.monitor import Monitor
from holdfast.observation.drift.reference import Reference
from holdfast.observation.drift.reference import fit as fit_rows
from holdfast.observation.drift.rows import Rows
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.signal import signal
from holdfast.observation.drift.topics import Topics, topics
from holdfast.statistics.drift.block_length import Dependence, dependence
from holdfast.statistics.sketch.points import PointSketch

__all__ = ["Fitted", "fit", "series"]

APART = 2
"""Topics are made of every second text, and counted over the others: it must be fair to those
that come later."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted reference of one monitor; ``definition`` is the digest of what it was fitted for."""

    definition: str
    reference: Reference
    topics: Mapping[str, Topics] = field(default_factory=dict)
    dependence: Mapping[str, Dependence] = field(default_factory=dict)

    def spacing(self, column: str) -> int:
        """Rows from one to the next that has nothing to do with it any more."""
        known = self.dependence.get(column)
        return 1 if known is None or known.block == 1 else int(np.ceil(2 * known.factor))

    def to_bytes(self) -> bytes:
        """Canonical JSON, the same for the same decisions on any machine."""
        return canonical(
            {
                "format": 1,
                "definition": self.definition,
                "reference": json.loads(self.reference.to_bytes()),
                "topics": {name: one.to_json() for name, one in self.topics.items()},
                "dependence": {name: asdict(one) for name, one in self.dependence.items()},
            }
        )

    @classmethod
    def from_bytes(cls, text: bytes) -> Fitted:
        """What ``to_bytes`` gave.

        Raises:
            CorruptionError: it is no reference of a monitor.
        """
        try:
            value = json.loads(text)
            return cls(
                value["definition"],
                Reference.from_json(value["reference"]),
                {name: Topics.from_json(one) for name, one in value["topics"].items()},
                {name: Dependence(**one) for name, one in value["dependence"].items()},
            )
        except (KeyError, TypeError, ValueError) as e:
            raise CorruptionError(
                f"not a monitor's reference: {e!r}; fit it again with 'holdfast drift fit'"
            ) from e


def fit(
    monitor: Monitor, rows: Sequence[Seen], *, embed: Embed, embedder: str, source: str
) -> Fitted:
    """Remember decisions as what is usual for a monitor.

    Raises:
        UsageError: no decisions.
    """
    made = {}
    for name in monitor.watch:
        said = texts(rows[::APART], name) if signal(name).kind == "text" else []
        if said:
            made[name] = topics(embed(said), said, embedder=embedder)
    table = tabulate(rows, monitor.watch, topics=made, embed=embed)
    if not table.num_columns:
        # Nothing was scored yet: there is nothing to compare with, and that is what it says.
        return Fitted(monitor.digest, Reference(len(rows), {}, source))
    whole = fit_rows(Rows(source, table.schema, len(rows), table=table), threads=1)
    fair = table.take(list(range(1, len(rows), APART))) if len(rows) > 1 else table
    later = fit_rows(Rows(source, fair.schema, fair.num_rows, table=fair), threads=1)
    features = {
        name: later.features[name] if name.endswith((TOPIC, NOVELTY)) else one
        for name, one in whole.features.items()
    }
    usual = Fitted(monitor.digest, Reference(len(rows), features, source), made)
    found = {name: dependence(values) for name, values in series(usual, table)}
    return Fitted(usual.definition, usual.reference, made, found)


def series(usual: Fitted, table: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Of each column that is compared: the bin of every row (-1: missing), or its vector."""
    for name, feature in usual.reference.features.items():
        if name not in table.column_names or feature.sketch is None or feature.rising:
            continue
        column = table[name].combine_chunks()
        if bins(feature):
            yield name, binned(column, feature)
        elif isinstance(feature.sketch, PointSketch) and feature.sketch.n:
            rows = points(column, width=feature.sketch.width)
            yield name, rows[np.isfinite(rows).all(axis=1)]
