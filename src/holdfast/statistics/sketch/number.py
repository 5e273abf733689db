"""A column of numbers: exact counts between fixed edges, moments, and what is no number."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Counts, Floats
from holdfast.statistics.sketch.blocks import Blocks, blocked

__all__ = ["BINS", "NumberLayout", "NumberSketch", "spectrum"]

BINS = 32
"""Bins of a layout; 4 kB hold a sketch of them."""
_SINGLE = 1e38
_LOOKED = 16_384
"""Rows of a batch that are looked at for their dependence."""


@dataclass(frozen=True, slots=True)
class NumberLayout:
    """Upper edges of the bins, and the share of the sample at or below each."""

    edges: tuple[float, ...]
    below: tuple[float, ...]

    @classmethod
    def of(cls, sample: Floats, *, bins: int = BINS) -> NumberLayout:
        """Edges at quantiles of a sample, or at its values where those are few.

        A bin of its own lies below the least and above the greatest of them. What is not finite
        is left out; a sample without numbers gives one bin.

        >>> NumberLayout.of(np.array([1.0, 2.0, 2.0, 5.0])).edges[1:]
        (1.0, 2.0, 5.0)
        """
        require.count(bins, "bins", least=4)
        finite = np.sort(sample[np.isfinite(sample)])
        if finite.size == 0:
            return cls((), ())
        inner = bins - 2
        edges = np.unique(finite)
        if edges.size > inner:
            edges = np.unique(np.quantile(finite, np.arange(1, inner + 1) / inner, method="higher"))
        edges = np.concatenate([[_just_below(float(finite[0]))], edges])
        below = np.searchsorted(finite, edges, side="right") / finite.size
        return cls(tuple(edges.tolist()), tuple(below.tolist()))

    @property
    def bins(self) -> int:
        return len(self.edges) + 1

    def sketch(self, values: Floats, *, blocks: bool = True) -> NumberSketch:
        """Count rows; NaN is a missing value."""
        return NumberSketch.of(self, values, blocks=blocks)

    def weights(self) -> Floats:
        """Of the squared gap at each edge: Anderson and Darling's, so that tails are heard."""
        below = np.array(self.below)
        # Half a row of a small sample, so that no weight is infinite.
        inside = np.clip(below, 1e-4, 1 - 1e-4)
        widths = np.diff(np.concatenate([[0.0], below, [1.0]]))
        found: Floats = (widths[:-1] + widths[1:]) / 2 / (inside * (1 - inside))
        return found


@dataclass(frozen=True, slots=True)
class NumberSketch:
    """What is known of the rows; ``merge`` adds another of the same layout."""

    layout: NumberLayout
    counts: Counts
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared deviations from the mean."""
    low: float = math.inf
    high: float = -math.inf
    missing: int = 0
    above: int = 0
    """Rows of plus infinity."""
    under: int = 0
    """Rows of minus infinity."""
    blocks: Blocks = field(default_factory=Blocks)

    @classmethod
    def of(cls, layout: NumberLayout, values: Floats, *, blocks: bool = True) -> NumberSketch:
        """The sketch of some rows; without ``blocks`` it cannot tell how they depend.

        >>> found = NumberLayout.of(np.array([1.0, 2.0, 5.0])).sketch(np.array([0.0, 9.0, np.nan]))
        >>> found.counts.tolist(), found.missing, found.mean
        ([1, 0, 0, 0, 1], 1, 4.5)
        """
        finite, missing, above, under = values, 0, 0, 0
        edges = np.array(layout.edges, dtype=values.dtype)
        # One sum tells that all is finite, which is the common case.
        with np.errstate(invalid="ignore", over="ignore"):
            total = float(values.sum())
        if not math.isfinite(total):
            missing = int(np.count_nonzero(np.isnan(values)))
            above = int(np.count_nonzero(values == np.inf))
            under = int(np.count_nonzero(values == -np.inf))
            finite = values[np.isfinite(values)]
        if finite.size == 0:
            empty = np.zeros(layout.bins, dtype=np.int64)
            return cls(layout, empty, missing=missing, above=above, under=under)
        # Looking edges up in sorted rows is far quicker than rows among edges.
        ordered = np.sort(finite)
        ends = np.searchsorted(ordered, edges, side="right")
        counts = np.diff(np.concatenate([[0], ends, [finite.size]]))
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(np.nan_to_num(finite.mean(dtype=np.float64)))
            deviations = finite - finite.dtype.type(mean)
            # Of numbers so large that their squares are none, the largest there is.
            squares = float(np.nan_to_num(np.dot(deviations, deviations)))
        return cls(
            layout,
            counts.astype(np.int64),
            mean=mean,
            squares=squares,
            low=float(ordered[0]),
            high=float(ordered[-1]),
            missing=missing,
            above=above,
            under=under,
            blocks=_blocks(layout, finite[:_LOOKED], edges) if blocks else Blocks(),
        )

    @property
    def n(self) -> int:
        """Rows that are numbers."""
        return round(float(self.counts.sum()))

    @property
    def rows(self) -> int:
        """All rows."""
        return self.n + self.missing + self.above + self.under

    @property
    def deviation(self) -> float:
        """Standard deviation; 0 for a constant."""
        return math.sqrt(self.squares / self.n) if self.n else 0.0

    @property
    def constant(self) -> bool:
        return self.n > 0 and self.low == self.high

    def merge(self, other: NumberSketch) -> NumberSketch:
        """Both together; the same whichever comes first, up to rounding.

        Raises:
            StatisticsError: the other was counted into other bins.
        """
        if other.layout != self.layout:
            raise StatisticsError(
                f"sketches of {self.layout.bins!r} and {other.layout.bins!r} other bins do not "
                "merge; fit the layout once and give it to every machine"
            )
        n = max(self.n + other.n, 1)
        gap = other.mean - self.mean
        return NumberSketch(
            self.layout,
            self.counts + other.counts,
            mean=(self.mean * self.n + other.mean * other.n) / n,
            squares=self.squares + other.squares + gap**2 * self.n * other.n / n,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            missing=self.missing + other.missing,
            above=self.above + other.above,
            under=self.under + other.under,
            blocks=self.blocks.merge(other.blocks),
        )

    def dependence(self) -> float:
        """Factor by which neighbouring rows inflate the variance of counts."""
        if self.n == 0 or self.layout.bins == 1:
            return 1.0
        below = np.cumsum(self.counts, dtype=np.float64)[:-1] / self.n
        weights = self.layout.weights()
        shift = (below - np.array(self.layout.below)) * np.sqrt(weights)
        form = _form(weights, below)
        expected = float(np.trace(form))
        spread = 2 * float(np.sum(form**2)) / max(expected**2, 1e-300)
        return self.blocks.effect(expected, spread=spread, shift=shift)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; a number that is no number is null."""
        return {
            "kind": "number",
            "edges": list(self.layout.edges),
            "below": list(self.layout.below),
            "counts": self.counts.tolist(),
            "mean": self.mean,
            "squares": self.squares,
            "low": self.low if self.n else None,
            "high": self.high if self.n else None,
            "missing": self.missing,
            "above": self.above,
            "under": self.under,
            "blocks": [list(self.blocks.count), list(self.blocks.total)],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> NumberSketch:
        """What ``to_json`` gave."""
        count, total = value["blocks"]
        return cls(
            NumberLayout(tuple(value["edges"]), tuple(value["below"])),
            np.array(value["counts"], dtype=np.int64),
            mean=value["mean"],
            squares=value["squares"],
            low=math.inf if value["low"] is None else value["low"],
            high=-math.inf if value["high"] is None else value["high"],
            missing=value["missing"],
            above=value["above"],
            under=value["under"],
            blocks=Blocks(tuple(count), tuple(total)),
        )


def spectrum(weights: Floats, below: NDArray[np.float64]) -> Floats:
    """Weights of the squared normals that the weighted squared gaps are made of."""
    values: Floats = np.linalg.eigvalsh(_form(weights, below)).astype(np.float64)
    return np.maximum(values, 0.0)


def _form(weights: Floats, below: NDArray[np.float64]) -> Floats:
    """Covariance of the weighted gaps of one row."""
    root = np.sqrt(weights)
    middle = np.minimum(below[:, None], below[None, :]) - below[:, None] * below[None, :]
    found: Floats = root[:, None] * middle * root[None, :]
    return found


def _just_below(value: float) -> float:
    """A smaller number that single precision tells apart too."""
    if abs(value) > _SINGLE:
        return math.nextafter(value, -math.inf)
    return float(np.nextafter(np.float32(value), np.float32(-np.inf)))


def _blocks(layout: NumberLayout, values: Floats, edges: Floats) -> Blocks:
    """What blocks of these rows add to the weighted gap at each edge."""
    scale = np.sqrt(layout.weights())
    lower = np.arange(layout.bins)[:, None] <= np.arange(layout.bins - 1)[None, :]
    codes = np.searchsorted(edges, values, side="left")
    return blocked(codes, np.where(lower, scale, 0.0), center=np.array(layout.below) * scale)
