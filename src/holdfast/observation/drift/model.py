"""A tabular model: is it getting worse, before and after its labels are known, and why?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from holdfast.errors import UsageError
from holdfast.statistics import attribution, require
from holdfast.statistics.require import Floats
from holdfast.statistics.unlabelled import Confidence, Direct, area, bound, outside

__all__ = ["Cause", "Kind", "Loss", "Model", "Plan", "Table", "Window"]

Loss = Literal["", "ranking", "error", "absolute", "relative"]
Kind = Literal["calm", "covariate", "concept", "both", "unlabelled"]
_WINDOWS = 4
_SURE = 0.01
_BEYOND = 0.2
_BINS = 8
_TOP = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order of time: features, predictions, and the truth where it is known.

    ``probabilities`` of class 1 make it a classifier; without them it is a regression, whose
    predictions and truth are numbers. Features are numbers, NaN where they are missing.
    """

    features: Mapping[str, Floats]
    predictions: Floats
    probabilities: Floats | None = None
    truth: Floats | None = None
    times: Sequence[str] = ()

    @property
    def rows(self) -> int:
        return len(self.predictions)

    def part(self, rows: slice) -> Table:
        """Some consecutive rows."""
        return Table(
            {name: values[rows] for name, values in self.features.items()},
            self.predictions[rows],
            None if self.probabilities is None else self.probabilities[rows],
            None if self.truth is None else self.truth[rows],
            self.times[rows],
        )

    def matrix(self) -> Floats:
        """Features with the prediction as the last column, shape ``(rows, columns)``."""
        return np.column_stack([*self.features.values(), self.predictions])


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows of a window, false alarms per window that are accepted, and the loss.

    ``loss`` is ``ranking`` (1 - AUC), ``error`` (share of wrong predictions), ``absolute`` or
    ``relative`` (absolute error over the truth). Default: ``ranking`` with probabilities, else
    ``absolute``.
    """

    window: int = 500
    alarm_rate: float = 0.01
    loss: Loss = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """A column, what its move alone adds to the loss, and the range where most harm is."""

    column: str
    explained: float
    low: float
    high: float
    harm: float

    @property
    def harmful(self) -> str:
        """The range where most harm is, and what it adds to the loss.

        >>> Cause("age", 0.02, 30.0, math.inf, 0.015).harmful
        'age above 30 (+0.015)'
        """
        low, high = f"{self.low:.4g}", f"{self.high:.4g}"
        if math.isinf(self.low):
            where = "" if math.isinf(self.high) else f" up to {high}"
        else:
            where = f" above {low}" if math.isinf(self.high) else f" {low} to {high}"
        return f"{self.column}{where} ({self.harm:+.2g})"


@dataclass(frozen=True, slots=True)
class Window:
    """One window of current rows.

    ``estimate`` is the expected loss without labels; ``truth`` the loss once they came, None
    before. ``alarm`` says that the estimate, ``damage`` that the truth exceeds what windows of
    the reference do. ``covariate`` is what harder rows add to the usual loss, ``concept`` what
    the truth has beyond the estimate, with the p-value of its being chance. ``objection`` says
    why the estimate may not hold; it is empty when nothing speaks against it.
    """

    start: int
    rows: int
    since: str
    estimate: float
    truth: float | None
    alarm: bool
    damage: bool | None
    kind: Kind
    covariate: float
    concept: float | None
    concept_p_value: float | None
    objection: str
    causes: tuple[Cause, ...]

    @property
    def alert(self) -> Literal["", "alarm", "damage"]:
        """The worst that can be said: damage is known, an alarm is estimated."""
        return "damage" if self.damage else "alarm" if self.alarm else ""


class Model:
    """What a model's labelled reference says about its loss; ``judge`` looks at what came later.

    Thresholds are what windows of the reference, of the size in use, hardly ever exceed.

    Args:
        reference: labelled rows from when all was well, at least four windows of them.
        plan: the window and the loss.

    Raises:
        UsageError: a reference without truth, or shorter than four windows.
    """

    def __init__(self, reference: Table, plan: Plan | None = None) -> None:
        self.plan = plan or Plan()
        size = require.count(self.plan.window, "window", least=20)
        if reference.truth is None:
            raise UsageError("the reference has no truth; name the column that holds it")
        if reference.rows < _WINDOWS * size:
            raise UsageError(
                f"{reference.rows:,} reference rows for windows of {size:,}; "
                f"{_WINDOWS} windows are needed"
            )
        self.reference = reference
        self.loss: Loss = self.plan.loss or (
            "absolute" if reference.probabilities is None else "ranking"
        )
        self._confidence: Confidence | None = None
        self._direct: Direct | None = None
        if reference.probabilities is not None:
            self._confidence = Confidence(reference.probabilities, reference.truth)
            self._usual = self._expected(reference)
        else:
            self._direct = Direct(reference.matrix(), self._losses(reference))
            self._usual = self._direct.honest
        windows = list(_windows(reference.rows, size))
        self.estimates = tuple(self._usual_estimate(rows) for rows in windows)
        self.truths = tuple(self._true_loss(reference.part(rows)) for rows in windows)
        self.estimate_bound = bound(self.estimates, alarm_rate=self.plan.alarm_rate)
        self.truth_bound = bound(self.truths, alarm_rate=self.plan.alarm_rate)
        gaps = np.subtract(self.truths, self.estimates)
        self.miss = float(np.sqrt(np.mean(gaps**2)))
        """How far the estimate misses the truth on a window of the reference."""

    def judge(self, current: Table) -> tuple[Window, ...]:
        """Every window of the current rows, in order; a short rest belongs to the last one."""
        return tuple(
            self._window(current.part(rows), rows.start)
            for rows in _windows(current.rows, self.plan.window)
        )

    def _window(self, part: Table, start: int) -> Window:
        estimate = self._estimate(part)
        known = part.truth is not None and bool(np.isfinite(part.truth).all())
        truth = self._true_loss(part) if known else None
        alarm = estimate > self.estimate_bound
        damage = None if truth is None else truth > self.truth_bound
        concept = None if truth is None else truth - estimate
        chance = None if concept is None else self._by_chance(concept, part)
        return Window(
            start,
            part.rows,
            part.times[0] if len(part.times) else "",
            estimate,
            truth,
            alarm,
            damage,
            _kind(alarm, chance),
            estimate - float(np.mean(self.truths)),
            concept,
            chance,
            self._objection(part, chance),
            self._causes(part) if alarm or damage else (),
        )

    def _by_chance(self, gap: float, part: Table) -> float:
        """How likely a window of the reference misses by so much: Student's t over windows."""
        error = self.miss
        if self.loss != "ranking":
            # Harder rows have more noise than windows of the reference had.
            noise = float((self._losses(part) - self._expected(part)).std())
            error = max(error, noise / math.sqrt(part.rows))
        if error == 0:
            return float(gap == 0)
        return 2 * float(scipy.special.stdtr(len(self.truths), -abs(gap) / error))

    def _objection(self, part: Table, chance: float | None) -> str:
        if chance is not None and chance < _SURE:
            return "the truth is another one for the same rows: concept drift, which it cannot see"
        share = float(outside(self.reference.matrix(), part.matrix()).mean())
        if share > _BEYOND:
            return f"{share:.0%} of the rows lie beyond all that the reference saw"
        return ""

    def _causes(self, part: Table) -> tuple[Cause, ...]:
        expected = self._expected(part)
        losses = expected if part.truth is None else self._losses(part)
        found = []
        for name, usual in self.reference.features.items():
            edges = np.unique(np.nanquantile(usual, np.arange(1, _BINS) / _BINS))
            before, now = (
                np.searchsorted(edges, values) for values in (usual, part.features[name])
            )
            worst = max(
                attribution.parts(before, now, losses_before=self._usual, losses_now=losses),
                key=lambda one: one.harm,
            )
            ends = [-np.inf, *edges.tolist(), np.inf]
            explained = attribution.attribute(before, now, losses=self._usual)
            found.append(Cause(name, explained, ends[worst.bin], ends[worst.bin + 1], worst.harm))
        return tuple(sorted(found, key=lambda cause: -cause.explained)[:_TOP])

    def _usual_estimate(self, rows: slice) -> float:
        """Of a window of the reference, by what did not see its labels where that matters."""
        if self._direct is not None:
            return float(self._direct.honest[rows].mean())
        return self._estimate(self.reference.part(rows))

    def _estimate(self, part: Table) -> float:
        if self.loss == "ranking" and self._confidence is not None:
            return self._confidence.ranking(_probabilities(part))
        return float(self._expected(part).mean())

    def _expected(self, part: Table) -> Floats:
        """The expected loss of each row; for ``ranking``, its chance of a wrong prediction."""
        if self._confidence is not None:
            return self._confidence.errors(_probabilities(part), part.predictions)
        if self._direct is None:
            raise UsageError("nothing to estimate from; pass labelled reference rows")
        return self._direct.losses(part.matrix())

    def _true_loss(self, part: Table) -> float:
        if self.loss == "ranking":
            return 1 - area(_probabilities(part), _truth(part))
        return float(self._losses(part).mean())

    def _losses(self, part: Table) -> Floats:
        true = _truth(part)
        if part.probabilities is not None:
            wrong: Floats = (part.predictions != true).astype(np.float64)
            return wrong
        gap: Floats = np.abs(part.predictions - true)
        return gap / np.abs(true) if self.loss == "relative" else gap


def _windows(rows: int, size: int) -> Iterator[slice]:
    whole = max(rows // size, 1)
    for number in range(whole):
        yield slice(number * size, rows if number == whole - 1 else (number + 1) * size)


def _kind(alarm: bool, chance: float | None) -> Kind:  # noqa: FBT001 - two facts, one table
    if chance is None:
        return "unlabelled" if not alarm else "covariate"
    concept = chance < _SURE
    if alarm:
        return "both" if concept else "covariate"
    return "concept" if concept else "calm"


def _probabilities(part: Table) -> Floats:
    if part.probabilities is None:
        raise UsageError("this loss needs probabilities; name the column that holds them")
    return part.probabilities


def _truth(part: Table) -> NDArray[np.float64]:
    if part.truth is None:
        raise UsageError("these rows have no truth; name the column that holds it")
    return part.truth
