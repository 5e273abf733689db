"""Mean, standard error and skewness of values that come in clusters.

A cluster is whatever was drawn together: the k samples of one case, the questions on one document,
the turns of one conversation. Rows within a cluster say much the same thing, so the clusters are
counted, not the rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["FEW_MOVED", "Groups", "Moments", "group", "guard_weight", "moments"]

FEW_MOVED = 10
"""Below this many deviations from "nothing moved" the spread seen is no guide: guard it."""

_LEAST = 2


@dataclass(frozen=True, slots=True)
class Groups:
    """Clusters of rows: the sum and the number of rows of each."""

    totals: Floats
    sizes: Floats

    @property
    def means(self) -> Floats:
        """The mean of each cluster."""
        return self.totals / self.sizes


@dataclass(frozen=True, slots=True)
class Moments:
    """What an interval of a mean is made of; ``groups`` counts clusters, ``rows`` values."""

    mean: float
    standard_error: float
    skewness: float
    degrees: float
    groups: int
    rows: int


def group(values: Floats, clusters: Sequence[Any] | NDArray[Any] | None) -> Groups:
    """Sum rows by cluster; without clusters every row is one of its own.

    >>> group(np.array([1.0, 0.0, 1.0]), ["a", "a", "b"])
    Groups(totals=array([1., 1.]), sizes=array([2., 1.]))
    """
    if clusters is None:
        return Groups(values, np.ones(len(values)))
    require.same_length(values, clusters)
    (code,) = require.codes(clusters)
    return Groups(
        np.bincount(code, weights=values).astype(np.float64), np.bincount(code).astype(np.float64)
    )


def moments(groups: Groups, *, guards: Groups | None = None, weight: float = 0.0) -> Moments:
    """Cluster-robust moments of the mean over all rows.

    The standard error is Miller's clustered one (arXiv 2411.00640) with the small-sample factor
    ``1 / (1 - n_c / n)`` of Bell and McCaffrey (2002), and ``degrees`` their Satterthwaite
    degrees of freedom; with one row a cluster both are those of Student's t.

    Args:
        groups: at least two clusters.
        guards: pseudo-clusters that stand for what was not seen yet.
        weight: how many times each guard counts, see ``guard_weight``.

    Raises:
        StatisticsError: with fewer than two clusters.
    """
    if len(groups.totals) < _LEAST:
        raise StatisticsError(f"{len(groups.totals)!r} cluster; at least two show a spread")
    totals, sizes = groups.totals, groups.sizes
    weights = np.ones(len(totals))
    if guards is not None and weight > 0:
        totals = np.concatenate([totals, guards.totals])
        sizes = np.concatenate([sizes, guards.sizes])
        weights = np.concatenate([weights, np.full(len(guards.totals), weight)])
    n = float(np.sum(weights * sizes))
    mean = float(np.sum(weights * totals)) / n
    residuals = totals - mean * sizes
    variance = float(np.sum(weights * residuals**2 / (1 - sizes / n))) / n**2
    count = float(np.sum(weights))
    spread = float(np.sum(weights * residuals**2)) / count
    third = float(np.sum(weights * residuals**3)) / count
    # Residuals of equal values differ from zero by rounding only: that is no spread.
    flat = spread <= (1e-14 * max(1.0, float(np.max(np.abs(totals))))) ** 2
    return Moments(
        mean=mean,
        standard_error=0.0 if flat else math.sqrt(variance),
        skewness=0.0 if flat else third / spread**1.5,
        degrees=_degrees(groups.sizes),
        groups=len(groups.totals),
        rows=int(np.sum(groups.sizes)),
    )


def guard_weight(tail: float) -> float:
    """How often a guard must count, so that no deviation in n draws gives the exact limit.

    The chance of missing an event of probability p in n draws is at most ``tail`` for
    ``p = log(1/tail) / n``; a guard on each side that counts ``log(1/tail)^2 / (2 z^2)`` makes a
    normal limit reach just as far. Pseudo-observations of that kind: A. Agresti and Y. Min (2005),
    Statistics in Medicine 24, 729-740.

    >>> round(guard_weight(0.05), 3)
    1.659
    """
    return math.log(tail) ** 2 / (2 * float(scipy.special.ndtri(tail)) ** 2)


def _degrees(sizes: Floats) -> float:
    """Satterthwaite degrees of freedom of the clustered variance of a mean."""
    n = float(np.sum(sizes))
    leverage = sizes**2 / (1 - sizes / n)
    off_diagonal = (float(np.sum(leverage)) ** 2 - float(np.sum(leverage**2))) / n**2
    return n**2 / (float(np.sum(sizes**2)) + off_diagonal)
