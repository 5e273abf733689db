"""Compare a candidate with a baseline on the same cases: is it worse by more than a margin?

Scores of one case are averaged first; then the cases, or the clusters they come in, are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval
from holdfast.statistics.moments import FEW_MOVED, Groups, Moments, group, guard_weight, moments
from holdfast.statistics.require import Floats
from holdfast.statistics.sequential import Alternative, Verdict
from holdfast.statistics.skew import straighten, unstraighten

__all__ = [
    "CaseMeans",
    "Comparison",
    "McNemar",
    "case_means",
    "mcnemar",
    "non_inferiority",
    "paired_difference",
]


@dataclass(frozen=True, slots=True)
class CaseMeans:
    """One row a case, in order of first appearance: mean score and number of samples."""

    cases: tuple[str, ...]
    means: Floats
    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the paired differences (candidate minus baseline) say about a margin.

    ``p_pass`` is the p-value against "worse by the margin or more", ``p_fail`` the one against
    "worse by the margin at most"; both can go through ``multiplicity.holm`` when several metrics
    or slices are compared. ``difference`` has the limits that the verdict reads: each of them
    alone holds at the confidence asked for.
    """

    verdict: Verdict
    difference: Interval
    margin: float
    p_pass: float
    p_fail: float
    cases: int
    clusters: int


@dataclass(frozen=True, slots=True)
class McNemar:
    """Cases that the candidate lost and gained against the baseline, and the exact p-value."""

    lost: int
    gained: int
    n: int
    p_value: float
    alternative: Alternative


def case_means(scores: ArrayLike, cases: Sequence[Any] | NDArray[Any]) -> CaseMeans:
    """Average the samples of each case, so that asking a case more often does not count it more.

    Leave out samples that failed for reasons of infrastructure: they say nothing of the candidate.

    Raises:
        StatisticsError: no scores, NaN, or lengths differ.

    >>> case_means([1, 0, 1], ["b", "b", "a"])
    CaseMeans(cases=('b', 'a'), means=array([0.5, 1. ]), samples=(2, 1))
    """
    array = require.sample(scores, "scores")
    require.same_length(array, cases)
    (code,) = require.codes(cases)
    counts = np.bincount(code)
    means: Floats = np.bincount(code, weights=array) / counts
    return CaseMeans(
        tuple(dict.fromkeys(str(case) for case in cases)), means, tuple(counts.tolist())
    )


def paired_difference(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    clusters: Sequence[Any] | NDArray[Any] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
) -> Interval:
    """Mean of candidate minus baseline over the same cases, with its two-sided interval.

    Clustered standard error (Miller 2024, arXiv 2411.00640), Hall's correction for skewness
    (see ``skew``), and two pseudo-clusters, one of the worst and one of the best difference (see
    ``moments.guard_weight``). They make the interval reach as far as an exact one when nothing
    moved, for no change in n cases is not a proof of no change, and matter little otherwise.
    Worst and best are the largest difference seen, or what the bounds allow while fewer than ten
    clusters moved at all.

    Args:
        baseline: scores of shape ``(cases,)`` or ``(cases, samples)``.
        candidate: scores of the same cases in the same order; its number of samples may differ.
        clusters: label of each case's cluster, None when the cases were drawn one by one.
        bounds: what a score can be at least and at most.
        confidence: of the two-sided interval.

    Raises:
        StatisticsError: cases differ in number, fewer than two clusters, NaN, out of bounds.

    >>> rng = np.random.default_rng(0)
    >>> baseline, candidate = rng.random(300) < 0.9, rng.random(300) < 0.8
    >>> limits = paired_difference(baseline, candidate)
    >>> round(limits.estimate, 3), round(limits.low, 3), round(limits.high, 3)
    (-0.047, -0.107, 0.015)
    """
    differences, span = _differences(baseline, candidate, bounds)
    tail = (1 - require.fraction(confidence, "confidence")) / 2
    found = _guarded(group(differences, clusters), span=span, tail=tail)
    return _limits(found, float(np.mean(differences)), tail=tail)


def non_inferiority(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    margin: float,
    clusters: Sequence[Any] | NDArray[Any] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
) -> Comparison:
    """The release gate: is the candidate worse than the baseline by more than the margin?

    ``pass`` when the lower limit of ``paired_difference`` is above ``-margin``, ``fail`` when the
    upper limit is below it, else ``inconclusive``: more cases are needed (see ``power``). Each
    verdict is one-sided: a candidate that is worse by exactly the margin passes in about
    ``1 - confidence`` of repetitions, one that is better than that fails in fewer.

    Args:
        baseline: scores of shape ``(cases,)`` or ``(cases, samples)``.
        candidate: scores of the same cases in the same order.
        margin: largest loss that is acceptable, in the unit of the scores, 0 or more.
        clusters: label of each case's cluster, None when the cases were drawn one by one.
        bounds: what a score can be at least and at most.
        confidence: of each verdict.

    Raises:
        StatisticsError: as ``paired_difference``; a negative margin; confidence of 0.5 or less.

    >>> rng = np.random.default_rng(0)
    >>> baseline = rng.random(400) < 0.9
    >>> non_inferiority(baseline, baseline, margin=0.02).verdict
    'pass'
    >>> non_inferiority(baseline[:40], baseline[:40], margin=0.02).verdict
    'inconclusive'
    >>> non_inferiority(baseline, rng.random(400) < 0.7, margin=0.02).verdict
    'fail'
    """
    if not require.number(margin, "margin") >= 0:
        raise StatisticsError(f"margin is {margin!r}; say how much worse is acceptable, 0 or more")
    tail = 1 - require.fraction(confidence, "confidence")
    if tail >= 1 / 2:
        raise StatisticsError(f"confidence is {confidence!r}; a verdict needs more than 0.5")
    differences, span = _differences(baseline, candidate, bounds)
    found = _guarded(group(differences, clusters), span=span, tail=tail)
    limits = _limits(found, float(np.mean(differences)), tail=tail)
    t = (found.mean + margin) / found.standard_error
    g = straighten(t, skewness=found.skewness, n=float(found.groups))
    verdict: Verdict = "inconclusive"
    if limits.low > -margin:
        verdict = "pass"
    elif limits.high < -margin:
        verdict = "fail"
    return Comparison(
        verdict=verdict,
        difference=limits,
        margin=margin,
        p_pass=float(scipy.special.stdtr(found.degrees, -g)),
        p_fail=float(scipy.special.stdtr(found.degrees, g)),
        cases=len(differences),
        clusters=found.groups,
    )


def mcnemar(
    baseline: ArrayLike, candidate: ArrayLike, *, alternative: Alternative = "two-sided"
) -> McNemar:
    """Exact test that a candidate loses as many cases as it gains, for pass/fail outcomes.

    Given that ``lost + gained`` cases changed, ``gained`` is Binomial(lost + gained, 1/2) if
    nothing else did. Q. McNemar (1947), Psychometrika 12, 153-157.

    Args:
        baseline: True or False for each case.
        candidate: the same cases in the same order.
        alternative: ``less`` asks whether the candidate is worse, ``greater`` whether better.

    Raises:
        StatisticsError: cases differ in number, outcomes other than True and False.

    >>> mcnemar([1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1, 0], alternative="less")
    McNemar(lost=5, gained=0, n=7, p_value=0.03125, alternative='less')
    """
    before, after = require.binary(baseline, "baseline"), require.binary(candidate, "candidate")
    require.same_length(before, after)
    if alternative not in ("greater", "less", "two-sided"):
        raise StatisticsError(f"alternative is {alternative!r}; use 'greater', 'less', 'two-sided'")
    lost, gained = int(np.sum(before & ~after)), int(np.sum(~before & after))
    p_value = 1.0
    if lost + gained:
        test = scipy.stats.binomtest(gained, lost + gained, alternative=alternative)
        p_value = float(test.pvalue)
    return McNemar(lost, gained, len(before), p_value, alternative)


def _differences(
    baseline: ArrayLike, candidate: ArrayLike, limits: tuple[float, float]
) -> tuple[Floats, float]:
    before, after = require.points(baseline, "baseline"), require.points(candidate, "candidate")
    require.same_length(before, after)
    require.bounds(limits, before)
    low, high = require.bounds(limits, after)
    differences: Floats = after.mean(axis=1) - before.mean(axis=1)
    return differences, high - low


def _guarded(groups: Groups, *, span: float, tail: float) -> Moments:
    moves = np.abs(groups.means)
    widest = float(np.max(moves)) if np.count_nonzero(moves) >= FEW_MOVED else span
    size = float(np.mean(groups.sizes))
    guards = Groups(np.array([-widest, widest]) * size, np.array([size, size]))
    return moments(groups, guards=guards, weight=guard_weight(tail))


def _limits(found: Moments, estimate: float, *, tail: float) -> Interval:
    quantile = -float(scipy.special.stdtrit(found.degrees, tail))
    skewness, n = found.skewness, float(found.groups)
    return Interval(
        estimate=estimate,
        low=found.mean - found.standard_error * unstraighten(quantile, skewness=skewness, n=n),
        high=found.mean - found.standard_error * unstraighten(-quantile, skewness=skewness, n=n),
        confidence=1 - 2 * tail,
        n=found.groups,
        method="paired-skew-corrected-t",
    )
