"""How many consecutive rows must stay together, so that resampled windows vary as real ones do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.statistics.drift.project import project
from holdfast.statistics.require import Floats

__all__ = ["Dependence", "block_length", "dependence"]

_COMMONEST = 3
"""Labels, or principal axes, that are looked at."""
_SURE = 2.0
_FLAT = 0.5
"""Lags up to this share of the lag window count fully."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """How rows hang together with their neighbours.

    ``factor`` is the variance of a mean of many rows over that of as many independent ones, 1 at
    least; ``shown`` the share of it that blocks of ``block`` rows show, 1 at most.
    """

    block: int
    factor: float
    shown: float


def block_length(values: Floats) -> Dependence:
    """The length of blocks that estimates the variance of a series' mean best.

    ``(2 G^2 / D)^(1/3) n^(1/3)``, where G and D come from autocovariances under a flat-top lag
    window that ends where they are no longer told from nought. D. N. Politis and H. White (2004),
    Econometric Reviews 23, 53-70, with the correction of A. Patton, Politis and White (2009),
    Econometric Reviews 28, 372-375: what they say of the circular bootstrap.

    Args:
        values: numbers in the order they came, shape ``(rows,)``; constant ones depend on nothing.

    >>> rng = np.random.default_rng(0)
    >>> block_length(rng.normal(size=2000)).block
    1
    >>> kept = np.repeat(rng.normal(size=400), 5)
    >>> found = block_length(kept)
    >>> 10 <= found.block <= 40, 4 < found.factor < 6
    (True, True)
    """
    n = len(values)
    centred = values - values.mean() if n else values
    variance = float(centred @ centred) / max(n, 1)
    if n < 2 * _COMMONEST or variance <= 0:
        return Dependence(1, 1.0, 1.0)
    run = max(5, round(math.sqrt(math.log10(n))))
    most = min(math.ceil(math.sqrt(n)) + run, n - 1)
    lags = _autocovariances(centred, most)
    bound = _SURE * math.sqrt(math.log10(n) / n)
    small = np.abs(lags[1:] / lags[0]) < bound
    first = _first_run(small, run)
    if first == 0:
        return Dependence(1, 1.0, 1.0)
    width = min(2 * first, most)
    k = np.arange(1, width + 1)
    weights = np.minimum(1.0, 2 * (1 - k / (width + 1)))
    kept = weights * lags[1 : width + 1]
    spectrum = float(lags[0] + 2 * kept.sum())
    if spectrum <= lags[0]:
        # Rows that alternate vary less than independent ones: treated as such, on the safe side.
        return Dependence(1, 1.0, 1.0)
    slope = float(2 * (k * kept).sum())
    length = (2 * slope**2 / (4 / 3 * spectrum**2)) ** (1 / 3) * n ** (1 / 3)
    block = int(min(max(1, math.ceil(length)), math.ceil(3 * math.sqrt(n)), max(n // 3, 1)))
    # The series' own mean was taken off, which took a part of the spectrum off each lag.
    spectrum /= max(1 - (1 + 2 * float(weights.sum())) / n, 0.5)
    kept = weights * (lags[1 : width + 1] + spectrum / n)
    shown = float(lags[0] + 2 * (np.maximum(1 - k / block, 0.0) * kept).sum()) / spectrum
    return Dependence(block, spectrum / float(lags[0]), min(max(shown, 0.0), 1.0))


def dependence(rows: NDArray[np.generic]) -> Dependence:
    """How rows of any kind hang together, by what hangs together most in them.

    Numbers are looked at by their ranks, so that one huge value hides nothing; labels by whether
    a row has each of the commonest; embeddings on their leading principal axes.

    >>> rng = np.random.default_rng(0)
    >>> dependence(np.repeat(rng.choice(["a", "b", "c"], size=200), 10)).block > 10
    True
    """
    found = [block_length(series) for series in _series(rows)]
    most = max(found, key=lambda one: one.factor, default=Dependence(1, 1.0, 1.0))
    alike = [one for one in found if one.factor > most.factor / 2] or [most]
    # The largest of several estimates is too large, where what they estimate is alike.
    factor, shown = (sum(column) / len(alike) for column in _columns(alike))
    return Dependence(most.block, factor, shown)


def _columns(found: list[Dependence]) -> tuple[list[float], list[float]]:
    return [one.factor for one in found], [one.shown for one in found]


def _series(rows: NDArray[np.generic]) -> list[Floats]:
    if rows.ndim > 1:
        points = rows.astype(np.float64)
        if len(points) < 2 * _COMMONEST:
            return []
        axes, _ = project(points, points, dimensions=_COMMONEST)
        return list(axes.T[:_COMMONEST])
    if rows.dtype.kind in "iuf":
        ranks = np.asarray(scipy.stats.rankdata(rows), dtype=np.float64)
        # Ranks see a change of place; their distance from the middle one of spread.
        return [ranks, np.abs(ranks - ranks.mean())]
    names, codes = np.unique(rows.astype(str), return_inverse=True)
    common = np.argsort(-np.bincount(codes), kind="stable")[:_COMMONEST]
    return [(codes == code).astype(np.float64) for code in common] if len(names) > 1 else []


def _autocovariances(centred: Floats, most: int) -> Floats:
    n = len(centred)
    size = 1 << (n + most).bit_length()
    transformed = np.fft.rfft(centred, size)
    found: Floats = np.fft.irfft(np.abs(transformed) ** 2, size)[: most + 1] / n
    return found


def _first_run(small: NDArray[np.bool_], run: int) -> int:
    """Lags before the first ``run`` small ones in a row; the last that is not small otherwise."""
    count = 0
    for lag, one in enumerate(small):
        count = count + 1 if one else 0
        if count == run:
            return lag + 1 - run
    large = np.flatnonzero(~small)
    return int(large[-1]) + 1 if large.size else 0
