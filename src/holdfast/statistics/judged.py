"""The true rate behind the verdicts of a fallible judge, with the judge's own error included.

A judge that is right nine times out of ten does not turn 80 % into 80 %. Either label some of the
very answers it judged (``prediction_powered_rate``), or calibrate it once on labelled answers and
correct what it says elsewhere (``rogan_gladen``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval
from holdfast.statistics.moments import FEW_MOVED, Groups, group, guard_weight, moments
from holdfast.statistics.require import Floats

__all__ = ["JudgeCalibration", "calibrate_judge", "prediction_powered_rate", "rogan_gladen"]


@dataclass(frozen=True, slots=True)
class JudgeCalibration:
    """How a judge did on answers of known truth: right calls among the bad and the good ones."""

    rejected_bad: int
    bad: int
    accepted_good: int
    good: int

    @property
    def specificity(self) -> float:
        """``q0``: share of bad answers that the judge called bad."""
        return self.rejected_bad / self.bad

    @property
    def sensitivity(self) -> float:
        """``q1``: share of good answers that the judge called good."""
        return self.accepted_good / self.good


def calibrate_judge(truth: ArrayLike, judged: ArrayLike) -> JudgeCalibration:
    """Count a judge's right calls on labelled answers (True is good).

    Raises:
        StatisticsError: lengths differ, no good or no bad answer, values other than True/False.

    >>> calibrate_judge([1, 1, 1, 0, 0], [1, 1, 0, 0, 1])
    JudgeCalibration(rejected_bad=1, bad=2, accepted_good=2, good=3)
    """
    good, called = require.binary(truth, "truth"), require.binary(judged, "judged")
    require.same_length(good, called)
    if good.all() or not good.any():
        raise StatisticsError(
            f"truth has {int(good.sum())!r} good of {len(good)!r} answers; label both kinds"
        )
    return JudgeCalibration(
        rejected_bad=int(np.sum(~good & ~called)),
        bad=int(np.sum(~good)),
        accepted_good=int(np.sum(good & called)),
        good=int(np.sum(good)),
    )


def rogan_gladen(
    accepted: int, n: int, *, calibration: JudgeCalibration, confidence: float = 0.95
) -> Interval:
    """The true rate of good answers where the judge accepted ``accepted`` of ``n``.

    ``(p + q0 - 1) / (q0 + q1 - 1)``, cut to [0, 1] (W. J. Rogan and B. Gladen 1978, American
    Journal of Epidemiology 107, 71-76). The interval adds the calibration's error to that of p
    and moves its centre as Lee et al. do (2025, arXiv 2511.21140, after Z. Lang and J. Reiczigel
    2014, Preventive Veterinary Medicine 113, 13-22). Valid as long as q0 and q1 are the same
    here as where the judge was calibrated.

    Args:
        accepted: answers the judge called good.
        n: answers judged.
        calibration: the judge's record on answers of known truth, other ones than these.
        confidence: of the two-sided interval.

    Raises:
        StatisticsError: counts that cannot be; a judge whose ``q0 + q1`` cannot be told from 1,
            for then its verdicts do not depend on the truth.

    >>> judge = JudgeCalibration(rejected_bad=90, bad=100, accepted_good=95, good=100)
    >>> rate = rogan_gladen(800, 1000, calibration=judge)
    >>> round(rate.estimate, 4), round(rate.low, 4), round(rate.high, 4)
    (0.8235, 0.7757, 0.8871)
    """
    k, n = require.successes(accepted, n)
    z = float(scipy.stats.norm.ppf((1 + require.fraction(confidence, "confidence")) / 2))
    right0, bad = require.successes(calibration.rejected_bad, calibration.bad)
    right1, good = require.successes(calibration.accepted_good, calibration.good)
    bad_plus, good_plus, n_plus = bad + 2, good + 2, n + z * z
    q0, q1, p = (right0 + 1) / bad_plus, (right1 + 1) / good_plus, (k + z * z / 2) / n_plus
    spread0, spread1 = q0 * (1 - q0) / bad_plus, q1 * (1 - q1) / good_plus
    informed = q0 + q1 - 1
    if informed - z * math.sqrt(spread0 + spread1) <= 0:
        raise StatisticsError(
            f"specificity {calibration.specificity!r} and sensitivity {calibration.sensitivity!r} "
            f"over {bad + good!r} labels cannot be told from a judge that guesses (their sum is "
            "about 1); label more answers or use another judge"
        )
    youden = calibration.specificity + calibration.sensitivity - 1
    shifted = (p + q0 - 1) / informed
    centre = shifted + 2 * z * z * (shifted * spread1 - (1 - shifted) * spread0)
    error = (
        math.sqrt(p * (1 - p) / n_plus + (1 - shifted) ** 2 * spread0 + shifted**2 * spread1)
        / informed
    )
    return Interval(
        estimate=_unit((k / n + calibration.specificity - 1) / youden),
        low=_unit(centre - z * error),
        high=_unit(centre + z * error),
        confidence=confidence,
        n=n,
        method="rogan-gladen",
    )


def prediction_powered_rate(
    labels: ArrayLike,
    judged: ArrayLike,
    *,
    unlabelled: ArrayLike,
    bounds: tuple[float, float] = (0.0, 1.0),
    confidence: float = 0.95,
) -> Interval:
    """Mean of what a human would say, from few labels and many verdicts of a judge.

    ``theta = l mean_N(f) + mean_n(y - l f)`` with the l that makes the interval shortest, so a
    useless judge costs nothing (PPI++: A. N. Angelopoulos, J. C. Duchi and T. Zrnic 2023, arXiv
    2311.01453). Unlike ``rogan_gladen`` it assumes nothing of the judge, but the labelled answers
    must be drawn at random from the same ones. Labels are few, so limits use Student's t, and
    while judge and human differ on fewer than ten answers a difference not seen yet is guarded
    against (see ``moments.guard_weight``).

    Args:
        labels: the human's verdict or score of each labelled answer, shape ``(n,)``.
        judged: the judge's verdict or score of the same answers.
        unlabelled: the judge's verdicts or scores of all other answers, shape ``(N,)``.
        bounds: what a score can be at least and at most.
        confidence: of the two-sided interval.

    Raises:
        StatisticsError: fewer than two rows in any of them, lengths differ, NaN, out of bounds.

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.random(2100) < 0.8
    >>> verdicts = np.where(rng.random(2100) < 0.9, truth, ~truth)
    >>> rate = prediction_powered_rate(truth[:100], verdicts[:100], unlabelled=verdicts[100:])
    >>> round(rate.estimate, 3), round(rate.low, 3), round(rate.high, 3)
    (0.827, 0.765, 0.889)
    """
    y = require.sample(labels, "labels", least=2)
    f = require.sample(judged, "judged", least=2)
    rest = require.sample(unlabelled, "unlabelled", least=2)
    require.same_length(y, f)
    for scores in (y, f, rest):
        low, high = require.bounds(bounds, scores)
    tail = (1 - require.fraction(confidence, "confidence")) / 2
    tuning = _tuning(y, f, rest)
    corrections = y - tuning * f
    centre = float(np.mean(corrections))
    guards = Groups(np.array([centre - (high - low), centre + (high - low)]), np.ones(2))
    few = np.count_nonzero(y != f) < FEW_MOVED
    found = moments(group(corrections, None), guards=guards, weight=guard_weight(tail) * few)
    error = math.hypot(found.standard_error, tuning * math.sqrt(float(np.var(rest)) / len(rest)))
    estimate = tuning * float(np.mean(rest)) + centre
    half = float(scipy.stats.t.isf(tail, len(y) - 1)) * error
    return Interval(
        estimate=estimate,
        low=max(estimate - half, low),
        high=min(estimate + half, high),
        confidence=confidence,
        n=len(y),
        method="ppi++",
    )


def _tuning(y: Floats, f: Floats, rest: Floats) -> float:
    """The weight of the judge that makes the interval shortest, in [0, 1]."""
    spread = float(np.var(np.concatenate([f, rest]), ddof=1))
    if spread == 0:
        return 0.0
    together = float(np.cov(y, f, ddof=1)[0, 1])
    return min(max(together / ((1 + len(y) / len(rest)) * spread), 0.0), 1.0)


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
