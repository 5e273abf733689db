"""Have the rows behind two sketches come from one source, and if not, how far apart are they?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from holdfast.errors import StatisticsError
from holdfast.statistics.require import Floats
from holdfast.statistics.sketch.label import LabelSketch
from holdfast.statistics.sketch.number import NumberSketch, spectrum
from holdfast.statistics.sketch.points import PointSketch
from holdfast.statistics.sketch.quadratic import tail

__all__ = ["Contrast", "contrast", "gaps"]

Sketch = NumberSketch | LabelSketch | PointSketch
_STIFF = 0.9999
"""Correlation of neighbours beyond which rows are told no longer from a constant."""
_HALVINGS = 30
_ROUNDING = 1e-12
_FEW = 10
"""Rows of both together below which labels are counted as one: 5 are expected in each half."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A statistic with its p-value; ``effect`` in [0, 1] does not grow with the rows.

    ``dependence`` is what the variance was multiplied by because neighbours resemble each other.
    """

    statistic: float
    p_value: float
    effect: float
    dependence: float


def contrast(
    reference: NumberSketch | LabelSketch | PointSketch,
    current: NumberSketch | LabelSketch | PointSketch,
    *,
    dependence: float | None = None,
) -> Contrast:
    """Compare two sketches of one layout.

    Numbers by Anderson and Darling's statistic over the bins (1952, Annals of Mathematical
    Statistics 23, 193-212), which hears the tails; its effect is the largest gap between the two
    distribution functions. Labels by Pearson's chi-square; the effect is the share of rows that
    changed label. Points by Hotelling's T-squared on projections and their squares; the effect is
    how well a line would tell old from new, ``2 Phi(D/2) - 1``, above chance. The null
    distribution is that of the counts at the number of rows there are; where the reference's
    neighbouring rows resemble each other, its variance is what blocks of them show.

    Args:
        reference: what was usual; its blocks tell how rows depend on each other.
        current: what is judged.
        dependence: instead of the reference's own.

    Raises:
        StatisticsError: sketches of two kinds or layouts, or one without any rows.

    >>> from holdfast.statistics.sketch.number import NumberLayout
    >>> rng = np.random.default_rng(0)
    >>> usual = rng.normal(size=2000)
    >>> layout = NumberLayout.of(usual)
    >>> found = contrast(layout.sketch(usual), layout.sketch(rng.normal(0.5, size=200)))
    >>> found.p_value < 1e-6, round(found.effect, 2)
    (True, 0.19)
    >>> contrast(layout.sketch(usual), layout.sketch(rng.normal(size=200))).p_value > 0.05
    True
    """
    if reference.n == 0 or current.n == 0:
        raise StatisticsError(
            f"{reference.n!r} rows against {current.n!r}; both need one that is not missing"
        )
    factor = reference.dependence() if dependence is None else dependence
    if isinstance(reference, NumberSketch) and isinstance(current, NumberSketch):
        if reference.layout == current.layout:
            return _numbers(reference, current, factor)
    elif isinstance(reference, LabelSketch) and isinstance(current, LabelSketch):
        if reference.layout == current.layout:
            return _labels(reference, current, factor)
    elif (
        isinstance(reference, PointSketch)
        and isinstance(current, PointSketch)
        and reference.width == current.width
    ):
        return _points(reference, current)
    raise StatisticsError(
        f"{type(reference).__name__} and {type(current).__name__} of different layouts cannot be "
        "compared; count the current rows with the reference's layout"
    )


def gaps(reference: NumberSketch, current: NumberSketch) -> Floats:
    """At each edge: the share of current rows at or below it less that of the reference."""
    found: Floats = (
        np.cumsum(current.counts, dtype=np.float64)[:-1] / current.n
        - np.cumsum(reference.counts, dtype=np.float64)[:-1] / reference.n
    )
    return found


def _numbers(reference: NumberSketch, current: NumberSketch, factor: float) -> Contrast:
    both = reference.counts + current.counts
    n = round(float(both.sum()))
    below = np.cumsum(both)[:-1] / n
    # Weighted rows do not sum exactly: what is all but one is one.
    inside = (below > _ROUNDING) & (below < 1 - _ROUNDING)
    gap = gaps(reference, current)
    effect = float(np.abs(gap).max(initial=0.0))
    if not inside.any():
        return Contrast(0.0, 1.0, effect, factor)
    below, gap = below[inside], gap[inside]
    widths = np.diff(np.concatenate([[0.0], below, [1.0]]))
    weights = (widths[:-1] + widths[1:]) / 2 / (below * (1 - below))
    rows = reference.n * current.n / n
    statistic = float(np.sum(weights * gap**2)) * rows
    spread = np.sort(spectrum(weights, below))[::-1] * n / max(n - 1, 1)
    return Contrast(statistic, tail(statistic, spread * _inflated(spread, factor)), effect, factor)


def _inflated(spread: Floats, factor: float) -> Floats:
    """The share of a variance factor that each part of the statistic has.

    A shift of the mean lasts longest in rows that resemble their neighbours, finer changes of
    shape are forgotten sooner: where neighbours correlate by r, the i-th part does by ``r^i``, as
    Hermite's polynomials of normal rows do (F. G. Mehler 1866). The r is the one that gives the
    factor over all parts together.
    """
    order = np.arange(1, len(spread) + 1)

    def inflation(r: float) -> Floats:
        kept = r**order
        found: Floats = (1 + kept) / (1 - kept)
        return found

    low, high = 0.0, _STIFF
    for _ in range(_HALVINGS if factor > 1 else 0):
        middle = (low + high) / 2
        reached = float(spread @ inflation(middle)) / max(float(spread.sum()), 1e-300)
        low, high = (middle, high) if reached < factor else (low, middle)
    return inflation(low)


def _labels(reference: LabelSketch, current: LabelSketch, factor: float) -> Contrast:
    table = np.stack([reference.counts, current.counts]).astype(np.float64)
    share = table / table.sum(axis=1, keepdims=True)
    effect = float(np.abs(share[0] - share[1]).sum()) / 2
    kept = _gathered(table)
    freedom = kept.shape[1] - 1
    if freedom == 0:
        return Contrast(0.0, 1.0, effect, factor)
    expected = kept.sum(axis=1, keepdims=True) * kept.sum(axis=0, keepdims=True) / kept.sum()
    statistic = float(np.sum((kept - expected) ** 2 / expected)) * (1 - 1 / kept.sum())
    p_value = float(scipy.special.chdtrc(freedom, statistic / factor))
    return Contrast(statistic, p_value, effect, factor)


def _gathered(table: Floats) -> Floats:
    """Columns that expect fewer than five rows in either half, put together."""
    rows = table.sum(axis=1)
    least = table.sum(axis=0) * rows.min() / rows.sum()
    rare = least < _FEW / 2
    if not rare.any():
        return table
    common = table[:, ~rare]
    together = table[:, rare].sum(axis=1, keepdims=True)
    if together.sum() * rows.min() / rows.sum() >= 1 or common.shape[1] == 1:
        return np.hstack([common, together])[:, np.append(common.sum(axis=0), together.sum()) > 0]
    return common if common.shape[1] else together


def _points(reference: PointSketch, current: PointSketch) -> Contrast:
    n, m = reference.n, current.n
    features = len(reference.mean)
    if n + m <= features + 2:
        raise StatisticsError(
            f"{n + m!r} embeddings in all; {features + 3!r} are needed to compare them"
        )
    scatter = (reference.scatter + current.scatter) / (n + m - 2)
    gap = current.mean - reference.mean
    values, axes = np.linalg.eigh(scatter)
    kept = values > values.max(initial=0.0) * 1e-12
    if not kept.any():
        same = not gap.any()
        return Contrast(0.0 if same else math.inf, float(same), float(not same), 1.0)
    rank = int(kept.sum())
    distance = float(np.sum((gap @ axes[:, kept]) ** 2 / values[kept]))
    statistic = distance * n * m / (n + m)
    freedom = n + m - rank - 1
    p_value = float(scipy.special.fdtrc(rank, freedom, statistic * freedom / ((n + m - 2) * rank)))
    above = max(distance - rank * (1 / n + 1 / m), 0.0)
    apart = 2 * float(scipy.special.ndtr(math.sqrt(above) / 2)) - 1
    return Contrast(statistic, p_value, apart, 1.0)
