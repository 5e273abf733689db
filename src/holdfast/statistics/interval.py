"""Confidence intervals for rates and means, and which one to use.

``rate_interval`` and ``mean_interval`` choose; the others are there for who knows better. Neither
chooser leans on the central limit theorem for few cases, where it is too narrow by far (Bowyer,
Aitchison and Ivanova 2025, arXiv 2503.01747). ``bench/statistics_coverage.py`` measures how often
each interval covers the truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import betting, require
from holdfast.statistics.moments import Moments, group, moments
from holdfast.statistics.require import Floats
from holdfast.statistics.skew import unstraighten

__all__ = [
    "FEW",
    "Interval",
    "beta_binomial",
    "bootstrap",
    "bounded_mean",
    "clopper_pearson",
    "clustered_mean",
    "mean_interval",
    "rate_interval",
    "skew_corrected_mean",
    "student_t",
    "wilson",
]

FEW = 100
"""Below this many cases the choosers use a method that does not rest on large samples."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the limits that hold the truth in ``confidence`` of all repetitions.

    ``n`` counts what was drawn independently: clusters where there are clusters, else values.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    n: int
    method: str

    @property
    def width(self) -> float:
        """Distance between the limits, in the unit of the values."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        """Whether ``value`` lies between the limits, ends included."""
        return self.low <= value <= self.high


def clopper_pearson(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Exact interval of a rate: never covers less than it says, at any n and any rate.

    The limits are Beta quantiles: ``low = B(a/2; k, n-k+1)``, ``high = B(1-a/2; k+1, n-k)``.
    C. J. Clopper and E. S. Pearson (1934), Biometrika 26, 404-413.

    Raises:
        StatisticsError: no trials, more successes than trials, confidence outside (0, 1).

    >>> limits = clopper_pearson(9, 10)
    >>> round(limits.low, 4), round(limits.high, 4)
    (0.555, 0.9975)
    """
    k, n = require.successes(successes, n)
    tail = (1 - require.fraction(confidence, "confidence")) / 2
    low = 0.0 if k == 0 else float(scipy.stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(scipy.stats.beta.ppf(1 - tail, k + 1, n - k))
    return Interval(k / n, low, high, confidence, n, "clopper-pearson")


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Score interval of a rate: close to nominal on average over rates, from about ten trials.

    E. B. Wilson (1927), JASA 22, 209-212; recommended by Brown, Cai and DasGupta (2001).

    Raises:
        StatisticsError: no trials, more successes than trials, confidence outside (0, 1).

    >>> limits = wilson(9, 10)
    >>> round(limits.low, 4), round(limits.high, 4)
    (0.5958, 0.9821)
    """
    k, n = require.successes(successes, n)
    z = _normal_quantile(confidence)
    rate, scale = k / n, 1 + z * z / n
    centre = (rate + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return Interval(rate, low, high, confidence, n, "wilson")


def beta_binomial(
    successes: int,
    n: int,
    *,
    confidence: float = 0.95,
    prior: tuple[float, float] = (0.5, 0.5),
) -> Interval:
    """Posterior interval of a rate under a Beta prior; the default prior is Jeffreys'.

    Equal tails of ``Beta(k + a, n - k + b)``, with the end kept at 0 or 1 when no success or no
    failure was seen (Brown, Cai and DasGupta 2001, Statistical Science 16, 101-133). The estimate
    is the posterior mean. Prior (1, 1) is the uniform one of Bowyer (arXiv 2503.01747).

    Raises:
        StatisticsError: no trials, more successes than trials, a prior not above 0, confidence
            outside (0, 1).

    >>> limits = beta_binomial(9, 10)
    >>> round(limits.estimate, 4), round(limits.low, 4), round(limits.high, 4)
    (0.8636, 0.6187, 0.989)
    """
    k, n = require.successes(successes, n)
    a, b = (require.positive(value, "prior") for value in prior)
    tail = (1 - require.fraction(confidence, "confidence")) / 2
    low = 0.0 if k == 0 else float(scipy.special.betaincinv(k + a, n - k + b, tail))
    high = 1.0 if k == n else float(scipy.special.betaincinv(k + a, n - k + b, 1 - tail))
    return Interval((k + a) / (n + a + b), low, high, confidence, n, "beta-binomial")


def rate_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """The interval of a rate to show by default: Beta-Binomial for few trials, then Wilson.

    Where a promise is made on the limit itself, as for flakiness, use ``clopper_pearson``.

    Raises:
        StatisticsError: no trials, more successes than trials, confidence outside (0, 1).

    >>> rate_interval(18, 20).method, rate_interval(180, 200).method
    ('beta-binomial', 'wilson')
    """
    chosen = beta_binomial if require.count(n, "n") < FEW else wilson
    return chosen(successes, n, confidence=confidence)


def student_t(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Student's interval of a mean: exact for normal values, too narrow for few skewed ones.

    Student (1908), Biometrika 6, 1-25.

    Raises:
        StatisticsError: fewer than two values, NaN or infinity, or all values equal.

    >>> limits = student_t([1.0, 2.0, 3.0, 4.0])
    >>> round(limits.low, 4), round(limits.high, 4)
    (0.4457, 4.5543)
    """
    return _t_interval(values, None, confidence=confidence, method="student-t")


def clustered_mean(
    values: ArrayLike, clusters: Sequence[Any] | NDArray[Any], *, confidence: float = 0.95
) -> Interval:
    """Interval of a mean whose values come in clusters, such as k samples of each case.

    ``SE^2 = sum_c (sum_{i in c} (x_i - mean))^2 / n^2`` (Miller 2024, arXiv 2411.00640), which can
    be three times the naive one, with Bell and McCaffrey's small-sample factor and degrees of
    freedom, see ``moments``.

    Args:
        values: one number a row.
        clusters: the label of each row's cluster, two different ones at least.
        confidence: of the two-sided interval.

    Raises:
        StatisticsError: fewer than two clusters, lengths differ, NaN, or no spread.

    >>> limits = clustered_mean([1, 1, 0, 0, 1, 1], ["a", "a", "b", "b", "c", "c"])
    >>> round(limits.estimate, 4), round(limits.low, 4), round(limits.high, 4), limits.n
    (0.6667, -0.7676, 2.1009, 3)
    """
    return _t_interval(values, clusters, confidence=confidence, method="clustered-t")


def skew_corrected_mean(
    values: ArrayLike,
    *,
    clusters: Sequence[Any] | NDArray[Any] | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Interval of a mean that allows for a skewed distribution, where scores bunch at one end.

    Student's t (clustered when clusters are given) through Hall's transformation, see ``skew``.

    Raises:
        StatisticsError: fewer than two values or clusters, NaN, or no spread.

    >>> limits = skew_corrected_mean([0.9, 0.95, 1.0, 1.0, 1.0, 0.2, 0.97, 0.99])
    >>> round(limits.low, 3), round(limits.high, 3)
    (0.133, 1.026)
    """
    found = _spread(values, clusters)
    quantile = _t_quantile(confidence, found.degrees)
    skewness, n = found.skewness, float(found.groups)
    low = found.mean - found.standard_error * unstraighten(quantile, skewness=skewness, n=n)
    high = found.mean - found.standard_error * unstraighten(-quantile, skewness=skewness, n=n)
    return Interval(found.mean, low, high, confidence, found.groups, "skew-corrected-t")


def bounded_mean(
    values: ArrayLike, *, bounds: tuple[float, float], confidence: float = 0.95
) -> Interval:
    """Interval of a mean of independent values in ``bounds``: valid at every n, by betting.

    Of all means, those survive against which a gambler could not have grown rich, see ``betting``
    (Waudby-Smith and Ramdas 2024, arXiv 2010.09686). Works where nothing varies: 50 values that
    all equal 0.9 do not prove that the mean is 0.9.

    Raises:
        StatisticsError: no values, NaN, values outside the bounds, confidence outside (0, 1).

    >>> limits = bounded_mean([0.9] * 50, bounds=(0.0, 1.0))
    >>> round(limits.low, 3), round(limits.high, 3)
    (0.816, 0.925)
    """
    array = require.sample(values, "values")
    low, high = require.bounds(bounds, array)
    alpha = 1 - require.fraction(confidence, "confidence")
    unit_low, unit_high = betting.mean_limits((array - low) / (high - low), alpha=alpha)
    return Interval(
        float(np.mean(array)),
        low + unit_low * (high - low),
        low + unit_high * (high - low),
        confidence,
        len(array),
        "betting",
    )


def bootstrap(
    values: ArrayLike,
    *,
    statistic: Callable[..., Any] = np.mean,
    confidence: float = 0.95,
    resamples: int = 5_000,
    seed: int = 0,
) -> Interval:
    """Bias-corrected and accelerated bootstrap: for statistics that have no formula here.

    For a mean of few values prefer ``mean_interval``: below about 20 values the bootstrap covers
    less than it says. B. Efron (1987), JASA 82, 171-185.

    Args:
        values: one number a row.
        statistic: vectorised over ``axis``, such as ``np.median``.
        confidence: of the two-sided interval.
        resamples: draws with replacement; 5,000 settle two digits of the limits.
        seed: of the draws; the same seed gives the same limits.

    Raises:
        StatisticsError: fewer than two values, NaN, or a statistic that does not vary.

    >>> limits = bootstrap([120.0, 130.0, 95.0, 410.0, 101.0, 99.0], statistic=np.median)
    >>> limits.estimate
    110.5
    """
    array = require.sample(values, "values", least=2)
    require.fraction(confidence, "confidence")
    require.count(resamples, "resamples", least=100)
    estimate = float(statistic(array))
    if np.ptp(array) == 0:
        raise StatisticsError(_no_spread(estimate))
    found = scipy.stats.bootstrap(
        (array,),
        statistic,
        n_resamples=resamples,
        confidence_level=confidence,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = float(found.low), float(found.high)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise StatisticsError(
            f"the statistic is {estimate!r} in nearly all resamples; pass more values"
        )
    return Interval(estimate, low, high, confidence, len(array), "bootstrap-bca")


def mean_interval(
    values: ArrayLike,
    *,
    clusters: Sequence[Any] | NDArray[Any] | None = None,
    bounds: tuple[float, float] | None = None,
    confidence: float = 0.95,
) -> Interval:
    """The interval of a mean to show by default.

    Zeros and ones are a rate; fewer than ``FEW`` values of known bounds are bet on
    (``bounded_mean``); all else is Student's t corrected for skewness and clusters. Clusters of
    one size are reduced to their means first; independence is then between clusters.

    Args:
        values: one number a row.
        clusters: label of each row's cluster; None when every row was drawn on its own.
        bounds: what a value can be at least and at most, such as (0, 1) for a score.
        confidence: of the two-sided interval.

    Raises:
        StatisticsError: too few values, NaN, values outside bounds, or no spread and no bounds.

    >>> mean_interval([1, 0, 1, 1]).method
    'beta-binomial'
    >>> mean_interval([0.2, 0.9, 0.8], bounds=(0, 1)).method
    'betting'
    >>> mean_interval([120.0, 95.0, 240.0, 101.0]).method
    'skew-corrected-t'
    """
    array = require.sample(values, "values")
    groups = group(array, clusters)
    one_size = bool(np.all(groups.sizes == groups.sizes[0]))
    means = groups.means
    if one_size and np.all(np.isin(means, (0.0, 1.0))):
        return rate_interval(int(np.sum(means)), len(means), confidence=confidence)
    if one_size and bounds is not None and len(means) < FEW:
        return bounded_mean(means, bounds=bounds, confidence=confidence)
    if bounds is not None:
        require.bounds(bounds, array)
    return skew_corrected_mean(array, clusters=clusters, confidence=confidence)


def _t_interval(
    values: ArrayLike,
    clusters: Sequence[Any] | NDArray[Any] | None,
    *,
    confidence: float,
    method: str,
) -> Interval:
    found = _spread(values, clusters)
    half = _t_quantile(confidence, found.degrees) * found.standard_error
    return Interval(
        found.mean, found.mean - half, found.mean + half, confidence, found.groups, method
    )


def _spread(values: ArrayLike, clusters: Sequence[Any] | NDArray[Any] | None) -> Moments:
    array: Floats = require.sample(values, "values", least=2)
    found = moments(group(array, clusters))
    if found.standard_error == 0:
        raise StatisticsError(_no_spread(found.mean))
    return found


def _no_spread(estimate: float) -> str:
    return (
        f"all values give {estimate!r}, so their spread cannot be measured; "
        "use mean_interval with the bounds a value can take"
    )


def _normal_quantile(confidence: float) -> float:
    return float(scipy.special.ndtri((1 + require.fraction(confidence, "confidence")) / 2))


def _t_quantile(confidence: float, degrees: float) -> float:
    return float(
        scipy.special.stdtrit(degrees, (1 + require.fraction(confidence, "confidence")) / 2)
    )
