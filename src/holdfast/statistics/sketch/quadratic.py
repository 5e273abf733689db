"""How likely is a weighted sum of squared normals to be that large?"""

from __future__ import annotations

import numpy as np
import scipy

from holdfast.statistics.require import Floats

__all__ = ["tail"]

_NEAR = 1e-4
"""Distance from the mean, in deviations, where the saddlepoint's formula has a hole."""


def tail(value: float, weights: Floats) -> float:
    """``P(sum w_i Z_i^2 >= value)`` for independent standard normal Z and positive weights.

    The saddlepoint of D. Kuonen (1999), Saddlepoint approximations for distributions of quadratic
    forms in normal variables, Biometrika 86, 929-935: a relative error of a few per cent however
    far out, which is what many comparisons at once need. Below the mean three moments do.

    >>> float(round(tail(3.841, np.array([1.0])), 3)), float(round(tail(20.0, np.ones(10)), 3))
    (0.05, 0.029)
    """
    kept = weights[weights > weights.max(initial=0.0) * 1e-10]
    if kept.size == 0 or value <= 0:
        return 1.0
    if np.ptp(kept) <= kept.max() * 1e-9:
        return float(scipy.special.chdtrc(kept.size, value / kept.max()))
    mean, deviation = float(kept.sum()), float(np.sqrt(2 * np.sum(kept**2)))
    if value < mean:
        # Nobody asks how unremarkable it is: three moments are near enough there.
        shape = float(np.sum(kept**2) ** 3 / np.sum(kept**3) ** 2)
        scaled = (value - mean) / deviation * np.sqrt(2 * shape) + shape
        return float(scipy.special.chdtrc(shape, max(scaled, 0.0)))
    if abs(value - mean) < _NEAR * deviation:
        # The formula is continuous here, but 0/0: step off the hole.
        value = mean + _NEAR * deviation
    return min(max(_saddlepoint(value, kept), 0.0), 1.0)


def _saddlepoint(value: float, weights: Floats) -> float:
    """Lugannani and Rice's formula at the point where the tilted mean is ``value``."""
    edge = 1 / (2 * weights.max())

    def slope(t: float) -> float:
        return float(np.sum(weights / (1 - 2 * t * weights))) - value

    low = 0.0
    high = edge * (1 - 1 / (2 + 2 * value * edge * weights.size))
    while slope(high) < 0:
        high = edge - (edge - high) / 4
    t = float(scipy.optimize.brentq(slope, low, high, xtol=1e-7 * edge, rtol=1e-9))
    generating = -0.5 * float(np.sum(np.log1p(-2 * t * weights)))
    curvature = 2 * float(np.sum((weights / (1 - 2 * t * weights)) ** 2))
    w = np.sign(t) * np.sqrt(max(2 * (t * value - generating), 0.0))
    v = t * np.sqrt(curvature)
    if w == 0 or v == 0:
        return 0.5
    return float(scipy.special.ndtr(-(w + np.log(v / w) / w)))
