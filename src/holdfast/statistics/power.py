"""How many cases a gate needs, what it can see with those it has, and how sure it will be.

All by the normal approximation ``n = (z_a + z_b)^2 Var(d) / margin^2``, where d is the difference
of a case (or of a cluster, then n counts clusters) and the verdict is one-sided at ``confidence``,
as that of ``paired.non_inferiority`` is.
"""

from __future__ import annotations

import math

import scipy

from holdfast.errors import StatisticsError
from holdfast.statistics import require

__all__ = ["minimum_detectable_effect", "paired_variance", "power", "sample_size"]


def paired_variance(baseline: float, candidate: float, *, correlation: float = 0.0) -> float:
    """Variance of the difference of two pass/fail outcomes of one case.

    ``p(1-p) + q(1-q) - 2 r sqrt(p(1-p) q(1-q))`` for pass rates p and q. Outcomes of the same
    case agree more than by chance: r around 0.5 is usual, and 0 plans for the worst.

    Raises:
        StatisticsError: a rate outside [0, 1], or a correlation that such rates cannot have.

    >>> round(paired_variance(0.90, 0.85, correlation=0.5), 4)
    0.1104
    """
    for rate in (baseline, candidate):
        if not 0 <= rate <= 1:
            raise StatisticsError(f"rate is {rate!r}; it must lie between 0 and 1")
    product = math.sqrt(baseline * (1 - baseline) * candidate * (1 - candidate))
    both = baseline * candidate + require.number(correlation, "correlation") * product
    least, most = max(0.0, baseline + candidate - 1), min(baseline, candidate)
    if not least - 1e-12 <= both <= most + 1e-12:
        raise StatisticsError(
            f"correlation is {correlation!r}, which pass rates {baseline!r} and {candidate!r} "
            "cannot have; 0 is always possible"
        )
    return baseline * (1 - baseline) + candidate * (1 - candidate) - 2 * correlation * product


def sample_size(
    *, variance: float, margin: float, confidence: float = 0.95, power: float = 0.8
) -> int:
    """Cases needed to tell a difference of ``margin`` from none with the power asked for.

    Raises:
        StatisticsError: variance or margin not above 0, confidence or power outside (0, 1).

    >>> sample_size(variance=0.1, margin=0.05)
    248
    """
    scale = _quantiles(confidence, power) ** 2
    need = scale * require.positive(variance, "variance") / require.positive(margin, "margin") ** 2
    return math.ceil(need)


def power(n: int, *, variance: float, margin: float, confidence: float = 0.95) -> float:
    """Probability that n cases tell a difference of ``margin`` from none.

    Raises:
        StatisticsError: no cases, variance or margin not above 0, confidence outside (0, 1).

    >>> round(power(248, variance=0.1, margin=0.05), 3)
    0.801
    """
    error = math.sqrt(require.positive(variance, "variance") / require.count(n, "n"))
    z = float(scipy.stats.norm.ppf(require.fraction(confidence, "confidence")))
    return float(scipy.stats.norm.cdf(require.positive(margin, "margin") / error - z))


def minimum_detectable_effect(
    n: int, *, variance: float, confidence: float = 0.95, power: float = 0.8
) -> float:
    """Smallest difference that n cases tell from none with the power asked for.

    Raises:
        StatisticsError: no cases, variance not above 0, confidence or power outside (0, 1).

    >>> round(minimum_detectable_effect(248, variance=0.1), 4)
    0.0499
    """
    error = math.sqrt(require.positive(variance, "variance") / require.count(n, "n"))
    return _quantiles(confidence, power) * error


def _quantiles(confidence: float, power: float) -> float:
    a = float(scipy.stats.norm.ppf(require.fraction(confidence, "confidence")))
    b = float(scipy.stats.norm.ppf(require.fraction(power, "power")))
    if a + b <= 0:
        raise StatisticsError(f"confidence {confidence!r} with power {power!r} needs no cases")
    return a + b
