"""How wrong is a model on rows whose truth is not known yet?

Both estimates learn from labelled rows how often, or how far, the model errs on rows like a given
one. They hold where the rows changed and what the model should say of a row did not (covariate
shift). They cannot see that the truth itself changed (concept drift), nor know rows beyond what
they learned from: ``outside`` says which those are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import KFold, cross_val_predict

from holdfast.errors import StatisticsError
from holdfast.statistics import require
from holdfast.statistics.require import Floats

__all__ = ["Confidence", "Direct", "area", "bound", "outside"]

_FOLDS = 5
_LEAST = 100


class Confidence:
    """Confidence-based performance estimation (CBPE) of a classifier of two classes.

    The model's probabilities are calibrated on labelled rows by isotonic regression; then each
    row's chance of being wrong is known without its label (J. Bialek et al. 2024, Estimating model
    performance under covariate shift without labels, arXiv 2401.08348).

    Args:
        probabilities: of class 1, on labelled rows.
        outcomes: what was true.

    Raises:
        StatisticsError: fewer than 100 rows, or one class only.

    >>> rng = np.random.default_rng(0)
    >>> p = rng.random(2000)
    >>> known = Confidence(p, rng.random(2000) < p)
    >>> bool(abs(known.errors(p, p > 0.5).mean() - 0.25) < 0.02)
    True
    """

    def __init__(self, probabilities: ArrayLike, outcomes: ArrayLike) -> None:
        stated = require.sample(probabilities, "probabilities", least=_LEAST)
        true = require.binary(outcomes, "outcomes")
        require.same_length(stated, true)
        if true.all() or not true.any():
            raise StatisticsError("the labelled rows are all of one class; both are needed")
        self._curve = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
        self._curve.fit(stated, true.astype(np.float64))

    def calibrated(self, probabilities: ArrayLike) -> Floats:
        """What the probabilities are worth."""
        found: Floats = self._curve.predict(require.sample(probabilities, "probabilities"))
        return found

    def errors(self, probabilities: ArrayLike, predictions: ArrayLike) -> Floats:
        """The chance that each prediction is wrong."""
        worth = self.calibrated(probabilities)
        said = require.binary(predictions, "predictions")
        require.same_length(worth, said)
        return np.where(said, 1 - worth, worth)

    def ranking(self, probabilities: ArrayLike) -> float:
        """Expected chance that a row of class 0 is ranked above one of class 1 (1 - AUC)."""
        stated = require.sample(probabilities, "probabilities", least=2)
        worth = self.calibrated(stated)
        return 1 - area(stated, worth)


class Direct:
    """Direct loss estimation (DLE): a model of the model's loss on rows like this one.

    A forest of extremely random trees (P. Geurts, D. Ernst and L. Wehenkel 2006) learns the loss
    from the features, and from the prediction where it is among them (the idea of NannyML's DLE).
    ``honest`` is what it says of its own labelled rows, each by a model that did not see it.

    Args:
        features: shape ``(rows, columns)``; NaN is a missing value.
        losses: of the model on these rows, such as absolute errors.

    Raises:
        StatisticsError: fewer than 100 rows, or other lengths.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((1000, 1))
    >>> known = Direct(x, np.abs(rng.normal(0, 1 + 4 * x[:, 0])))
    >>> bool(known.losses([[0.9]])[0] > 2 * known.losses([[0.1]])[0])
    True
    """

    def __init__(self, features: ArrayLike, losses: ArrayLike, *, seed: int = 0) -> None:
        rows = np.asarray(features, dtype=np.float64)
        wanted = require.sample(losses, "losses", least=_LEAST)
        require.same_length(rows, wanted)
        self._model = ExtraTreesRegressor(
            n_estimators=50, min_samples_leaf=20, max_features=0.7, random_state=seed
        )
        folds = KFold(_FOLDS, shuffle=True, random_state=seed)
        self.honest: Floats = cross_val_predict(self._model, rows, wanted, cv=folds)
        self._model.fit(rows, wanted)

    def losses(self, features: ArrayLike) -> Floats:
        """The expected loss on each row."""
        found: Floats = self._model.predict(np.asarray(features, dtype=np.float64))
        return found


def area(scores: ArrayLike, chances: ArrayLike) -> float:
    """Area under the curve of scores, each row being of class 1 with a chance (0 or 1 if known).

    >>> area([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    said, worth = require.sample(scores, "scores"), require.sample(chances, "chances")
    levels, places = np.unique(said, return_inverse=True)
    ones = np.bincount(places, weights=worth, minlength=len(levels))
    noughts = np.bincount(places, weights=1 - worth, minlength=len(levels))
    if ones.sum() <= 0 or noughts.sum() <= 0:
        return math.nan
    won = np.sum(ones * (np.cumsum(noughts) - noughts / 2))
    return float(won / (ones.sum() * noughts.sum()))


def outside(reference: ArrayLike, current: ArrayLike) -> NDArray[np.bool_]:
    """Which current rows have a number beyond all that the reference saw in its column.

    There an estimate is extrapolated, and a model of trees says what it said at the border.

    >>> outside([[1.0, 5.0], [2.0, 6.0]], [[1.5, 5.5], [1.5, 9.0]]).tolist()
    [False, True]
    """
    before = np.asarray(reference, dtype=np.float64)
    now = np.asarray(current, dtype=np.float64)
    low, high = np.nanmin(before, axis=0), np.nanmax(before, axis=0)
    found: NDArray[np.bool_] = ((now < low) | (now > high)).any(axis=1)
    return found


def bound(windows: ArrayLike, *, alarm_rate: float = 0.01) -> float:
    """What the next window's value exceeds with probability ``alarm_rate``, if nothing changed.

    Upper prediction bound over windows of the reference, ``mean + t s sqrt(1 + 1/k)`` (G. J. Hahn
    1969, JASA 64, 878-888): whole windows of consecutive rows are its blocks, so that what hangs
    together within a window is in its spread.

    Raises:
        StatisticsError: fewer than three windows.

    >>> bound([0.1, 0.12, 0.11, 0.09]) > 0.15
    True
    """
    values = require.sample(windows, "windows", least=3)
    require.fraction(alarm_rate, "alarm_rate")
    spread = float(values.std(ddof=1)) * math.sqrt(1 + 1 / len(values))
    factor: Any = scipy.stats.t.ppf(1 - alarm_rate, len(values) - 1)
    return float(values.mean()) + float(factor) * spread
