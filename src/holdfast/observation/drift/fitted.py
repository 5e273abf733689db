"""A fitted monitor: its reference, topics, season, and how rows depend on their neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.domain.digest import canonical
from holdfast.errors import CorruptionError, StateError
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
from holdfast.observation.drift.monitor import FILE, Monitor
from holdfast.observation.drift.reference import Reference, Sketch, count
from holdfast.observation.drift.reference import fit as fit_rows
from holdfast.observation.drift.rows import Rows
from holdfast.observation.drift.season import DATES, LEAST, Season, covered, find, phase
from holdfast.observation.drift.seen import Seen
from holdfast.observation.drift.signal import signal
from holdfast.observation.drift.topics import Topics, topics
from holdfast.observation.duration import DAY
from holdfast.statistics.drift.block_length import Dependence, block_length, dependence
from holdfast.statistics.require import Floats, Ints
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
    season: Season = "none"
    phases: Mapping[str, Reference] = field(default_factory=dict)
    """The reference's decisions of each phase of the season that it covers."""
    dates: int = 0
    """How many dates its decisions are of; 0 where that was not written down."""

    def phase(self, row: Seen) -> str:
        """The phase of a decision; empty where there is no season."""
        return phase(row.fact.at, self.season)

    def parts(self, column: str) -> dict[str, Sketch]:
        """A column's sketch in each phase."""
        known = self.phases or {"": self.reference}
        found = {name: one.features[column].sketch for name, one in known.items()}
        return {name: sketch for name, sketch in found.items() if sketch is not None}

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
                "season": self.season,
                "dates": self.dates,
                "phases": {name: json.loads(one.to_bytes()) for name, one in self.phases.items()},
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
                value.get("season", "none"),
                {name: Reference.from_json(one) for name, one in value.get("phases", {}).items()},
                value.get("dates", 0),
            )
        except (KeyError, TypeError, ValueError) as e:
            raise CorruptionError(
                f"not a monitor's reference: {e!r}; fit it again with 'holdfast drift fit'"
            ) from e


def fit(
    monitor: Monitor, rows: Sequence[Seen], *, embed: Embed, embedder: str, source: str
) -> Fitted:
    """Remember decisions as what is usual for a monitor, in each phase of its season.

    Raises:
        UsageError: no decisions.
        StateError: a season of which the decisions show too few phases twice.
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
    season = _season(monitor, usual, rows, table=table)
    dates = len({row.fact.at // DAY for row in rows})
    seasonal = replace(usual, season=season, dates=dates)
    if season != "none":
        seasonal = replace(seasonal, phases=_phases(seasonal, rows, table=table))
    names = np.array([seasonal.phase(row) for row in rows])
    found = {name: _depends(values, names[places]) for name, values, places in series(usual, table)}
    return replace(seasonal, dependence=found)


def _season(monitor: Monitor, usual: Fitted, rows: Sequence[Seen], *, table: Any) -> Season:
    """The season that the monitor names, or that the rows show."""
    times = [row.fact.at for row in rows]
    if monitor.season == "auto":
        columns = {
            name: codes
            for name, codes, _ in series(usual, table)
            if bins(usual.reference.features[name])
        }
        return find(columns, times)
    season = monitor.season
    known = covered(times, season)
    if 2 * sum(phase(at, season) in known for at in times) < len(rows):
        days = (max(times) - min(times)) / DAY
        raise StateError(
            f"monitor {monitor.name!r} compares decisions of the same part of a {season}, and most "
            f"of the {len(rows)!r} decisions of its reference, of {days:.2g} days, stand alone in "
            f"theirs; each part needs {LEAST} of {DATES} dates. Set a larger reference or a "
            f"shorter season in {FILE}"
        )
    return season


def _phases(usual: Fitted, rows: Sequence[Seen], *, table: Any) -> dict[str, Reference]:
    """Counts of each phase that is covered, with the layouts of the whole."""
    names = [usual.phase(row) for row in rows]
    found = {}
    for name in sorted(covered([row.fact.at for row in rows], usual.season)):
        places = [place for place, own in enumerate(names) if own == name]
        own, fair = (
            _counted(table.take(chosen), like=usual.reference)
            for chosen in (places, [place for place in places if place % APART])
        )
        features = {
            column: (fair if column.endswith((TOPIC, NOVELTY)) else own).features[column]
            for column in usual.reference.features
        }
        found[name] = Reference(own.rows, features, name)
    return found


def _counted(table: Any, *, like: Reference) -> Reference:
    return count(Rows("", table.schema, table.num_rows, table=table), like=like, threads=1)


def _depends(values: NDArray[Any], phases: NDArray[np.str_]) -> Dependence:
    """How rows depend beside their phases: what a season does to neighbours is no dependence."""
    names, codes = np.unique(phases, return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004 - one phase is no season
        return dependence(values)
    if values.ndim > 1:
        return dependence(_less_means(values, codes))
    ranks = np.zeros(len(values))
    for code in range(len(names)):
        ranks[codes == code] = scipy.stats.rankdata(values[codes == code])
    level = _less_means(ranks, codes)
    found = [block_length(one) for one in (level, _less_means(np.abs(level), codes))]
    return max(found, key=lambda one: one.factor)


def _less_means(values: NDArray[Any], codes: NDArray[np.intp]) -> Floats:
    """Values less the mean of their group, in units of its deviation."""
    found = np.zeros(values.shape)
    for code in range(int(codes.max(initial=-1)) + 1):
        own = values[codes == code]
        scale = own.std(axis=0) if values.ndim == 1 else 1.0
        found[codes == code] = (own - own.mean(axis=0)) / np.where(scale == 0, 1.0, scale)
    return found


def series(usual: Fitted, table: Any) -> Iterator[tuple[str, NDArray[Any], Ints]]:
    """Of each column that is compared: the bin of every row (-1: missing), or its vector.

    With the places of the rows in the table: those without a vector are left out.
    """
    for name, feature in usual.reference.features.items():
        if name not in table.column_names or feature.sketch is None or feature.rising:
            continue
        column = table[name].combine_chunks()
        if bins(feature):
            yield name, binned(column, feature), np.arange(len(column))
        elif isinstance(feature.sketch, PointSketch) and feature.sketch.n:
            rows = points(column, width=feature.sketch.width)
            there = np.flatnonzero(np.isfinite(rows).all(axis=1))
            yield name, rows[there], there
