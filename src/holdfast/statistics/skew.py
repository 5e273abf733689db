"""Hall's transformation: Student's t with the skewness of the sample taken out.

``g(t) = t + c (t^2/3 + 1/6)/sqrt(n) + c^2 t^3/(27 n)`` for a sample of n with skewness c is close
to Student's t even where outcomes are rare, and it is a cubic that can be inverted exactly.

P. Hall (1992), On the removal of skewness by transformation, JRSS B 54, 221-228.
"""

from __future__ import annotations

import math

__all__ = ["straighten", "unstraighten"]

_SYMMETRIC = 1e-9


def straighten(t: float, *, skewness: float, n: float) -> float:
    """``g(t)``, to be compared with a quantile of Student's t.

    >>> round(straighten(-2.0, skewness=1.0, n=25), 4)
    -1.7119
    """
    cubic = skewness**2 * t**3 / (27 * n)
    return t + skewness * (t * t / 3 + 1 / 6) / math.sqrt(n) + cubic


def unstraighten(g: float, *, skewness: float, n: float) -> float:
    """The t with ``straighten(t) == g``.

    >>> round(unstraighten(-1.7119, skewness=1.0, n=25), 4)
    -2.0001
    """
    if abs(skewness) < _SYMMETRIC:
        return g
    root = math.sqrt(n)
    inner = 1 + skewness * (g / root - skewness / (6 * n))
    return 3 * root / skewness * (math.cbrt(inner) - 1)
