"""A column of embeddings: moments of a few fixed projections of them, and of their squares."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.statistics.require import Floats

__all__ = ["AXES", "PointSketch"]

AXES = 12
"""Projections; with their squares they make twice as many features."""


@dataclass(frozen=True, slots=True)
class PointSketch:
    """What is known of the rows; ``merge`` adds another of the same width.

    The axes are random and follow from the width alone, so that machines that never met project
    alike (W. B. Johnson and J. Lindenstrauss 1984).
    """

    width: int
    n: int
    mean: Floats
    """Shape ``(2 AXES,)``: of the projections, then of their squares."""
    scatter: Floats
    """Shape ``(2 AXES, 2 AXES)``: sums of products of deviations from the mean."""
    missing: int = 0

    @classmethod
    def of(cls, rows: Floats) -> PointSketch:
        """The sketch of rows of shape ``(rows, width)``; a row that is not finite is missing.

        >>> PointSketch.of(np.ones((3, 8))).n
        3
        """
        whole = rows[np.isfinite(rows).all(axis=1)].astype(np.float64)
        width = rows.shape[1]
        if len(whole) == 0:
            empty = np.zeros(2 * AXES)
            return cls(width, 0, empty, np.zeros((2 * AXES, 2 * AXES)), len(rows))
        along = whole @ _axes(width)
        features = np.hstack([along, along**2])
        mean = features.mean(axis=0)
        around = features - mean
        return cls(width, len(whole), mean, around.T @ around, len(rows) - len(whole))

    @property
    def rows(self) -> int:
        """All rows."""
        return self.n + self.missing

    @property
    def constant(self) -> bool:
        size = float(np.sum(self.mean**2))
        return self.n > 1 and float(np.abs(self.scatter).max()) <= 1e-12 * size * self.n

    def merge(self, other: PointSketch) -> PointSketch:
        """Both together; the same whichever comes first, up to rounding.

        Raises:
            StatisticsError: embeddings of another width.
        """
        if other.width != self.width:
            raise StatisticsError(
                f"embeddings of {self.width!r} and {other.width!r} numbers do not merge"
            )
        n = max(self.n + other.n, 1)
        gap = other.mean - self.mean
        return PointSketch(
            self.width,
            self.n + other.n,
            (self.mean * self.n + other.mean * other.n) / n,
            self.scatter + other.scatter + np.outer(gap, gap) * self.n * other.n / n,
            self.missing + other.missing,
        )

    def dependence(self) -> float:
        """1: neighbouring rows are taken as independent."""
        return 1.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; matrices as base64 of their upper half."""
        upper = self.scatter[np.triu_indices(2 * AXES)]
        return {
            "kind": "points",
            "width": self.width,
            "n": self.n,
            "mean": _packed(self.mean),
            "scatter": _packed(upper),
            "missing": self.missing,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> PointSketch:
        """What ``to_json`` gave."""
        scatter = np.zeros((2 * AXES, 2 * AXES))
        places = np.triu_indices(2 * AXES)
        scatter[places] = _unpacked(value["scatter"])
        scatter = scatter + np.triu(scatter, 1).T
        return cls(value["width"], value["n"], _unpacked(value["mean"]), scatter, value["missing"])


@cache
def _axes(width: int) -> Floats:
    rng = np.random.default_rng(width)
    drawn: Floats = rng.normal(size=(width, AXES)) / np.sqrt(width)
    return drawn


def _packed(values: Floats) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode()


def _unpacked(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)
