"""What a shadow's answers show beside those that were served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.domain.rollout import Shadow
from holdfast.statistics.interval import Interval, mean_interval, rate_interval
from holdfast.statistics.require import Floats

STORE = "shadows"
FEW = 2
SHOWN = 5
"""Answers with another meaning that a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both answers to one question, kept under the decision's id; lists are: served, shadow."""

    shadow: str
    environment: str
    question: str
    was: str
    answer: str
    status: str
    """Of the shadow's answer: answered, blocked or failed."""
    same: bool
    """Whether both mean the same."""
    scores: dict[str, list[float]]
    seconds: list[float]
    cost: list[float | None]
    tokens: int
    """What the shadow's answer took, counted within the budget of the day."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A score of both sides and the difference, shadow minus served, over pairs."""

    served: float
    shadow: float
    difference: Interval | None
    """None for fewer than two pairs."""
    n: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a shadow showed. Pairs are: served, shadow; None where nothing was compared."""

    shadow: Shadow
    compared: int
    failed: int
    same: Interval | None
    """Share of answers that mean the same."""
    scores: dict[str, ScoreChange]
    seconds: tuple[float, float] | None
    """Medians."""
    cost: tuple[float, float] | None
    """Sums over the pairs whose prices are known."""
    differing: dict[str, tuple[str, str, str]]
    """Decision -> question, answer served, shadow's answer: some that differ in meaning."""


def report(shadow: Shadow, found: Mapping[str, Compared]) -> Report:
    """The figures of a shadow's answers."""
    pairs = list(found.values())
    whole = [pair for pair in pairs if not pair.error]
    names = sorted({name for pair in whole for name in pair.scores})
    costs = [pair.cost for pair in whole if None not in pair.cost]
    differing = {
        key: (pair.question, pair.was, pair.answer)
        for key, pair in found.items()
        if not pair.same and not pair.error
    }
    return Report(
        shadow,
        len(pairs),
        len(pairs) - len(whole),
        rate_interval(sum(pair.same for pair in whole), len(whole)) if whole else None,
        {name: _change([p.scores[name] for p in whole if name in p.scores]) for name in names},
        _pair(np.median([pair.seconds for pair in whole], axis=0)) if whole else None,
        _pair(np.sum(np.array(costs, dtype=float), axis=0)) if costs else None,
        dict(list(differing.items())[-SHOWN:]),
    )


def _change(values: Sequence[Sequence[float]]) -> ScoreChange:
    sides = np.asarray(values, dtype=float)
    means = sides.mean(axis=0)
    steps = sides[:, 1] - sides[:, 0]
    bounds = (-1.0, 1.0) if np.abs(steps).max() <= 1 else None
    difference = mean_interval(steps, bounds=bounds) if len(steps) >= FEW else None
    return ScoreChange(float(means[0]), float(means[1]), difference, len(sides))


def _pair(values: Floats) -> tuple[float, float]:
    return float(values[0]), float(values[1])
