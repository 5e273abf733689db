"""How well a score or a verdict tells good from bad, where the truth is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.interval import Interval, clopper_pearson, wilson
from holdfast.statistics.require import Floats

__all__ = ["Confusion", "Threshold", "auroc", "choose_threshold", "confusion"]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of a verdict against the truth (True is what one looks for), and what they say."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int
    sensitivity: Interval
    specificity: Interval
    balanced_accuracy: Interval


@dataclass(frozen=True, slots=True)
class Threshold:
    """A cut: scores of ``value`` and above count as True.

    ``confusion`` was counted on the very rows the cut was chosen on, so it flatters; count it
    again on other rows before you publish it.
    """

    value: float
    confusion: Confusion


def confusion(truth: ArrayLike, verdicts: ArrayLike, *, confidence: float = 0.95) -> Confusion:
    """Sensitivity, specificity and balanced accuracy of verdicts, each with its interval.

    The first two are Wilson's; that of their mean combines them by MOVER: ``low = m - sqrt(sum
    ((x_i - low_i) / 2)^2)`` (G. Y. Zou and A. Donner 2008, Statistics in Medicine 27, 1693-1702).

    Raises:
        StatisticsError: lengths differ, values other than True/False, or truth of one kind only.

    >>> table = confusion([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 1])
    >>> table.true_positives, table.false_negatives, table.true_negatives, table.false_positives
    (3, 1, 1, 1)
    >>> bacc = table.balanced_accuracy
    >>> round(bacc.estimate, 3), round(bacc.low, 3), round(bacc.high, 3)
    (0.625, 0.322, 0.852)
    """
    positive, verdict = require.binary(truth, "truth"), require.binary(verdicts, "verdicts")
    require.same_length(positive, verdict)
    _both_kinds(positive)
    hits = int(np.sum(positive & verdict))
    quiet = int(np.sum(~positive & ~verdict))
    positives, negatives = int(positive.sum()), int((~positive).sum())
    sensitivity = wilson(hits, positives, confidence=confidence)
    specificity = wilson(quiet, negatives, confidence=confidence)
    rates = (sensitivity, specificity)
    centre = (sensitivity.estimate + specificity.estimate) / 2
    balanced = Interval(
        estimate=centre,
        low=centre - math.hypot(*(rate.estimate - rate.low for rate in rates)) / 2,
        high=centre + math.hypot(*(rate.high - rate.estimate for rate in rates)) / 2,
        confidence=confidence,
        n=len(positive),
        method="mover-wilson",
    )
    return Confusion(
        true_positives=hits,
        false_positives=negatives - quiet,
        true_negatives=quiet,
        false_negatives=positives - hits,
        sensitivity=sensitivity,
        specificity=specificity,
        balanced_accuracy=balanced,
    )


def choose_threshold(scores: ArrayLike, truth: ArrayLike, *, confidence: float = 0.95) -> Threshold:
    """The cut with the best balanced accuracy; of equal ones that in the middle of the gap.

    Cuts lie half-way between neighbouring scores (Youden 1950, Cancer 3, 32-35, maximises the
    same). Fixed thresholds transfer badly: choose one per application.

    Raises:
        StatisticsError: lengths differ, NaN, truth of one kind only, or scores all equal.

    >>> choose_threshold([0.1, 0.25, 0.5, 0.8], [0, 0, 1, 1]).value
    0.375
    """
    values, positive = require.sample(scores, "scores"), require.binary(truth, "truth")
    require.same_length(values, positive)
    _both_kinds(positive)
    distinct = np.unique(values)
    if len(distinct) == 1:
        raise StatisticsError(f"every score is {float(distinct[0])!r}; no cut tells rows apart")
    cuts = distinct[:-1] + np.diff(distinct) / 2
    good, bad = np.sort(values[positive]), np.sort(values[~positive])
    missed = np.searchsorted(good, cuts, side="left") / len(good)
    cleared = np.searchsorted(bad, cuts, side="left") / len(bad)
    balanced = (1 - missed + cleared) / 2
    best = np.flatnonzero(balanced >= balanced.max() - 1e-12)
    cut = float(cuts[best[len(best) // 2]])
    return Threshold(cut, confusion(positive, values >= cut, confidence=confidence))


def auroc(scores: ArrayLike, truth: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Chance that a True row scores above a False one (ties count half), with its interval.

    Variance by DeLong, DeLong and Clarke-Pearson (1988, Biometrics 44, 837-845), from midranks
    (Sun and Xu 2014), on the logit scale so that limits stay in [0, 1]. Where the two kinds do
    not overlap at all DeLong's variance is 0; the limit is then the exact one of as many
    independent pairs as the rarer kind has rows.

    Raises:
        StatisticsError: lengths differ, NaN, fewer than two rows of a kind.

    >>> area = auroc([0.1, 0.4, 0.35, 0.8, 0.7, 0.2], [0, 0, 1, 1, 1, 0])
    >>> round(area.estimate, 3), round(area.low, 3), round(area.high, 3)
    (0.889, 0.261, 0.995)
    """
    values, positive = require.sample(scores, "scores"), require.binary(truth, "truth")
    require.same_length(values, positive)
    _both_kinds(positive, least=2)
    quantile = float(scipy.stats.norm.ppf((1 + require.fraction(confidence, "confidence")) / 2))
    above, below = _placements(values[positive], values[~positive])
    area = float(np.mean(above))
    n, method = len(values), "delong-logit"
    if area in (0.0, 1.0):
        pairs = min(len(above), len(below))
        exact = clopper_pearson(round(area) * pairs, pairs, confidence=confidence)
        return Interval(area, exact.low, exact.high, confidence, n, "no-overlap-exact")
    variance = float(np.var(above, ddof=1)) / len(above) + float(np.var(below, ddof=1)) / len(below)
    logit = math.log(area / (1 - area))
    half = quantile * math.sqrt(variance) / (area * (1 - area))
    return Interval(area, _expit(logit - half), _expit(logit + half), confidence, n, method)


def _placements(good: Floats, bad: Floats) -> tuple[Floats, Floats]:
    """Share of the other kind that each good row beats, and that each bad row is beaten by."""
    ranks = scipy.stats.rankdata(np.concatenate([good, bad]))
    above: Floats = (ranks[: len(good)] - scipy.stats.rankdata(good)) / len(bad)
    below: Floats = 1 - (ranks[len(good) :] - scipy.stats.rankdata(bad)) / len(good)
    return above, below


def _both_kinds(positive: NDArray[np.bool_], *, least: int = 1) -> None:
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if min(positives, negatives) < least:
        raise StatisticsError(
            f"truth has {positives!r} True and {negatives!r} False rows; "
            f"at least {least!r} of each are needed"
        )


def _expit(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))
