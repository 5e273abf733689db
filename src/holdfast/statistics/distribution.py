"""Do two systems answer alike? Tests on whole distributions of outcomes, not on their means.

Two releases can have the same mean score and behave differently. Use ``g_test`` for categories
(label, refusal, tool chosen), ``ks_test`` or ``energy_test`` for scores, ``mmd_test`` or
``classifier_test`` for embedded texts. Rows must be drawn independently.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from holdfast.errors import StatisticsError
from holdfast.statistics import permutation, require
from holdfast.statistics.discrimination import auroc
from holdfast.statistics.interval import Interval
from holdfast.statistics.require import Floats, Ints
from holdfast.statistics.steps import gap_p_values, steps

__all__ = [
    "ClassifierContrast",
    "Contrast",
    "classifier_test",
    "contingency",
    "energy_test",
    "g_test",
    "ks_test",
    "mmd_test",
    "same_columns",
    "semantic_entropy",
]

_PERHAPS_MISSING = {"None", "nan", "inf", "-inf"}


@dataclass(frozen=True, slots=True)
class Contrast:
    """A two-sample test: ``effect`` is 0 for equal samples and does not grow with their size."""

    statistic: float
    p_value: float
    effect: float
    method: str


@dataclass(frozen=True, slots=True)
class ClassifierContrast:
    """Area under the curve of a classifier that tells the samples apart, on rows held out."""

    area: Interval
    p_value: float


def g_test(
    first: Sequence[Any] | NDArray[Any],
    second: Sequence[Any] | NDArray[Any],
    *,
    permutations: int = 2_000,
    seed: int = 0,
) -> Contrast:
    """Permuted likelihood-ratio test that two samples of labels have the same frequencies.

    ``G = 2 sum O log(O/E)``, exact for rare categories because its null distribution is dealt,
    not looked up (R. R. Sokal and F. J. Rohlf 1995, Biometry, ch. 17). The effect is the total
    variation distance: the share of rows that would have to change label.

    Raises:
        StatisticsError: an empty sample or a missing label.

    >>> found = g_test(["ok"] * 95 + ["refused"] * 5, ["ok"] * 80 + ["refused"] * 20)
    >>> round(found.statistic, 2), found.p_value < 0.01, round(found.effect, 2)
    (10.92, True, 0.15)
    """
    table = contingency(first, second)
    rng = np.random.default_rng(seed)
    deals = permutation.deal_tables(
        table, deals=require.count(permutations, "permutations"), rng=rng
    )
    observed = float(_likelihood_ratio(table[np.newaxis])[0])
    shares = table / table.sum(axis=1, keepdims=True)
    return Contrast(
        statistic=observed,
        p_value=permutation.p_value(observed, _likelihood_ratio(deals)),
        effect=float(np.abs(shares[0] - shares[1]).sum()) / 2,
        method="g-permuted",
    )


def contingency(first: Sequence[Any] | NDArray[Any], second: Sequence[Any] | NDArray[Any]) -> Ints:
    """Counts of each label in two samples, shape ``(2, labels)``, in order of first appearance.

    >>> contingency(["a", "b", "a"], ["c", "a"])
    array([[2, 1, 0],
           [1, 0, 1]])
    """
    counted = [
        Counter(map(str, np.ndarray.tolist(x) if isinstance(x, np.ndarray) else x))
        for x in (first, second)
    ]
    order = {text: code for code, text in enumerate(dict.fromkeys([*counted[0], *counted[1]]))}
    if not all(counted) or not _PERHAPS_MISSING.isdisjoint(order):
        # Slower, but says what is missing, and where.
        require.codes(first, second)
    table = np.zeros((2, len(order)), dtype=np.int64)
    for row, one in zip(table, counted, strict=True):
        row[[order[text] for text in one]] = list(one.values())
    return table


def ks_test(first: ArrayLike, second: ArrayLike) -> Contrast:
    """Kolmogorov and Smirnov's test on numbers: largest gap of the two distribution functions.

    The gap is statistic and effect in one; the p-value is exact for small samples, and for tied
    values too (``steps``). N. Smirnov (1939).

    Raises:
        StatisticsError: an empty sample, NaN or infinity.

    >>> found = ks_test([0.1, 0.2, 0.3, 0.4], [0.3, 0.5, 0.6, 0.7])
    >>> found.statistic, round(found.p_value, 3)
    (0.75, 0.143)
    """
    a, b = require.sample(first, "first sample"), require.sample(second, "second sample")
    found = steps(a, b)
    gap = found.gap / (len(a) * len(b))
    _, p_value = gap_p_values(found)
    return Contrast(gap, p_value, gap, "kolmogorov-smirnov")


def energy_test(
    first: ArrayLike, second: ArrayLike, *, permutations: int = 500, seed: int = 0
) -> Contrast:
    """Permuted energy distance of two samples of numbers or of points.

    ``2 E|X-Y| - E|X-X'| - E|Y-Y'|``: zero only for equal distributions (G. J. Szekely and M. L.
    Rizzo 2013, Journal of Statistical Planning and Inference 143, 1249-1272). The effect is that
    over ``2 E|X-Y|``, in [0, 1]. Time and memory grow with the square of the rows.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, or different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> found = energy_test(rng.normal(size=80), rng.normal(1.0, size=80))
    >>> found.p_value < 0.01, 0.1 < found.effect < 0.3
    (True, True)
    """
    a, b = same_columns(first, second)
    pooled = np.concatenate([a, b])
    distance = scipy.spatial.distance.cdist(pooled, pooled)
    halves = _halves(len(a), len(b), permutations=permutations, seed=seed)
    within_a, within_b, across = permutation.block_means(distance, halves)
    energies = 2 * across - within_a - within_b
    observed = float(energies[0])
    scale = 2 * float(across[0])
    return Contrast(
        statistic=observed,
        p_value=permutation.p_value(observed, energies[1:]),
        effect=max(observed, 0.0) / scale if scale > 0 else 0.0,
        method="energy-permuted",
    )


def mmd_test(
    first: ArrayLike, second: ArrayLike, *, permutations: int = 500, seed: int = 0
) -> Contrast:
    """Permuted maximum mean discrepancy with a Gaussian kernel as wide as the median distance.

    The unbiased square of A. Gretton et al. (2012), JMLR 13, 723-773; the effect is its root, 0
    where it is negative. Time and memory grow with the square of the rows.

    Raises:
        StatisticsError: fewer than two rows in a sample, NaN, or different numbers of columns.

    >>> rng = np.random.default_rng(0)
    >>> found = mmd_test(rng.normal(size=(80, 5)), rng.normal(0.7, size=(80, 5)))
    >>> found.p_value < 0.01, round(found.effect, 2)
    (True, 0.38)
    """
    a, b = same_columns(first, second)
    pooled = np.concatenate([a, b])
    squared = scipy.spatial.distance.cdist(pooled, pooled, "sqeuclidean")
    width = float(np.median(scipy.spatial.distance.squareform(squared, checks=False)))
    width = width or float(squared.max())
    kernel = np.exp(-squared / width) if width > 0 else np.ones_like(squared)
    halves = _halves(len(a), len(b), permutations=permutations, seed=seed)
    within_a, within_b, across = permutation.block_means(kernel, halves)
    # A point is not its own neighbour: take the diagonal (all ones) out of the means.
    unbiased_a = (within_a * len(a) - 1) / (len(a) - 1)
    unbiased_b = (within_b * len(b) - 1) / (len(b) - 1)
    squares = unbiased_a + unbiased_b - 2 * across
    observed = float(squares[0])
    return Contrast(
        statistic=observed,
        p_value=permutation.p_value(observed, squares[1:]),
        effect=math.sqrt(max(observed, 0.0)),
        method="mmd-permuted",
    )


def classifier_test(
    first: ArrayLike,
    second: ArrayLike,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    runs: int | None = None,
) -> ClassifierContrast:
    """Can a classifier tell the samples apart? Trained on one half of the rows, asked on the other.

    Fisher's discriminant on the standardised columns and their squares, so that a change of spread
    is seen as well as one of place. Under the hypothesis the held-out scores are exchangeable,
    so Mann and Whitney's test of them is valid however good the classifier is. D. Lopez-Paz and
    M. Oquab (2017), Revisiting classifier two-sample tests, arXiv 1610.06545.

    Args:
        first: numbers or points, at least four rows.
        second: the same columns, at least four rows.
        confidence: of the interval of the area under the curve.
        seed: of the split into halves.
        runs: of neighbours that each sample is cut into; a run is on one side, so that a row that
            resembles the one before it is not asked of a classifier that learned that one. None:
            each row by itself.

    Raises:
        StatisticsError: fewer than four rows in a sample, NaN, different numbers of columns, fewer
            than two runs.

    >>> rng = np.random.default_rng(0)
    >>> found = classifier_test(rng.normal(size=(200, 3)), rng.normal(0.5, size=(200, 3)))
    >>> round(found.area.estimate, 2), found.p_value < 0.001
    (0.75, True)
    """
    a, b = same_columns(first, second, least=4)
    rng = np.random.default_rng(seed)
    rows = np.concatenate([a, b])
    label = np.arange(len(rows)) >= len(a)
    held_out = np.zeros(len(rows), dtype=np.bool_)
    for start, n in ((0, len(a)), (len(a), len(b))):
        held_out[start : start + n] = _half(n, runs=runs, rng=rng)
    scores = _discriminant(rows[~held_out], label[~held_out], asked=rows[held_out])
    asked = label[held_out]
    p_value = 1.0
    if np.ptp(scores) > 0:
        ranked = scipy.stats.mannwhitneyu(scores[asked], scores[~asked], alternative="greater")
        p_value = float(ranked.pvalue)
    return ClassifierContrast(auroc(scores, asked, confidence=confidence), p_value)


def _half(n: int, *, runs: int | None, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of n rows are held out: half of them, or half of their runs."""
    pieces = n if runs is None else min(require.count(runs, "runs", least=2), n)
    held = np.isin(np.arange(pieces), rng.permutation(pieces)[: pieces // 2])
    return held[np.arange(n) * pieces // n]


def semantic_entropy(
    clusters: Sequence[Any] | NDArray[Any], *, weights: ArrayLike | None = None
) -> float:
    """Entropy in nats of answers to one question over clusters of like meaning: 0 is certain.

    ``-sum p(C) log p(C)`` with p(C) the share of answers (or of their probability) in a cluster.
    L. Kuhn, Y. Gal and S. Farquhar (2023), arXiv 2302.09664.

    Args:
        clusters: the meaning of each sampled answer, such as a cluster's number.
        weights: the probability of each answer, any positive scale; None counts them equally.

    Raises:
        StatisticsError: no answers, a missing label, lengths differ, a weight not above 0.

    >>> round(semantic_entropy(["Paris", "Paris", "Paris", "Rome"]), 4)
    0.5623
    """
    (code,) = require.codes(clusters)
    mass = np.ones(len(code)) if weights is None else require.sample(weights, "weights")
    require.same_length(code, mass)
    for weight in mass[mass <= 0][:1]:
        require.positive(float(weight), "weights")
    return abs(float(scipy.stats.entropy(np.bincount(code, weights=mass))))


def same_columns(first: ArrayLike, second: ArrayLike, *, least: int = 2) -> tuple[Floats, Floats]:
    """Two samples of points with the same number of columns."""
    a = require.points(first, "first sample", least=least)
    b = require.points(second, "second sample", least=least)
    if a.shape[1] != b.shape[1]:
        raise StatisticsError(
            f"{a.shape[1]!r} columns against {b.shape[1]!r}; both samples must have the same"
        )
    return a, b


def _discriminant(rows: Floats, label: NDArray[np.bool_], *, asked: Floats) -> Floats:
    """Fisher's linear discriminant, trained on ``rows`` and evaluated on ``asked``."""
    centre, spread = rows.mean(axis=0), rows.std(axis=0)

    def features(points: Floats) -> Floats:
        # Clipped, because the square of one wild row would drown all others.
        standard = np.clip((points - centre) / np.where(spread > 0, spread, 1.0), -10, 10)
        return np.hstack([standard, standard**2])

    trained = features(rows)
    old, new = trained[~label], trained[label]
    gap = new.mean(axis=0) - old.mean(axis=0)
    within = np.cov(old, rowvar=False, bias=True) + np.cov(new, rowvar=False, bias=True)
    # The fewer rows a column has, the less its covariances are to be trusted.
    ridge = 2 * len(gap) / len(rows) * np.eye(len(gap))
    scores: Floats = features(asked) @ np.linalg.solve(within + ridge, gap)
    return scores


def _likelihood_ratio(tables: Ints) -> Floats:
    counts = tables.astype(np.float64)
    rows, columns = counts.sum(axis=2, keepdims=True), counts.sum(axis=1, keepdims=True)
    expected = rows * columns / counts.sum(axis=(1, 2), keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
    ratio: Floats = 2 * terms.sum(axis=(1, 2))
    return ratio


def _halves(n_first: int, n_second: int, *, permutations: int, seed: int) -> NDArray[np.bool_]:
    """The observed halves in row 0 and ``permutations`` random ones below."""
    n, deals = n_first + n_second, require.count(permutations, "permutations", least=0)
    dealt = permutation.deal_rows(n_first, n, deals=deals, rng=np.random.default_rng(seed))
    return np.concatenate([(np.arange(n) < n_first)[np.newaxis], dealt])
