"""What a move costs: what became worse of the decisions, and what the move alone would explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from holdfast.observation.drift.seen import Seen
from holdfast.observation.measure import MEASURES, Measure
from holdfast.statistics import attribution, multiplicity
from holdfast.statistics.require import Ints

__all__ = ["WATCHED", "Cost", "costs", "expected"]

WATCHED = (
    "resolved", "helpful", "grounded", "policy", "feedback", "relevance", "safe", "good",
    "availability", "latency", "tokens", "cost",
)  # fmt: skip
"""Measures that people or money suffer by."""
LEAST = 5
"""Decisions of either side that a measure must say something of."""
SURE = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """A measure before and now, as means; ``worse`` when that is no chance over all measures."""

    measure: str
    unit: str
    before: float
    now: float
    p_value: float
    worse: bool
    n: int
    about: str


def costs(before: Sequence[Seen], now: Sequence[Seen]) -> tuple[Cost, ...]:
    """What is certainly worse first; measures that too few decisions speak of are left out."""
    found: list[tuple[Measure, float, float, float, int]] = []
    for name in WATCHED:
        one = MEASURES[name]
        old, new = _values(one, before), _values(one, now)
        if min(len(old), len(new)) >= LEAST:
            p_value = _p_value(one, old, new)
            found.append((one, float(np.mean(old)), float(np.mean(new)), p_value, len(new)))
    if not found:
        return ()
    told = multiplicity.benjamini_hochberg([p for *_, p, _ in found], alpha=SURE)
    made = [
        Cost(one.name, one.unit, old, new, p, bool(sure), n, one.about)
        for (one, old, new, p, n), sure in zip(found, told.rejected, strict=True)
    ]
    return tuple(sorted(made, key=lambda cost: (not cost.worse, cost.p_value)))


def expected(before: Ints, now: Ints, *, rows: Sequence[Seen]) -> float | None:
    """How many more unresolved decisions, as a share, a signal's new mix of bins alone would give.

    ``before`` are the bins of ``rows``. It needs no verdict on the new decisions, and does not see
    that the same question is answered worse. None where too few of ``rows`` say whether they were
    resolved.
    """
    said = [MEASURES["resolved"].of(row.fact) for row in rows]
    known = np.array([value is not None for value in said]) & (before >= 0)
    there = now[now >= 0]
    if known.sum() < LEAST or there.size == 0:
        return None
    losses = [1.0 - float(v) for v, k in zip(said, known, strict=True) if k and v is not None]
    return attribution.attribute(before[known], there, losses=losses)


def _values(one: Measure, rows: Sequence[Seen]) -> list[float]:
    return [float(v) for row in rows if (v := one.of(row.fact)) is not None]


def _p_value(one: Measure, old: Sequence[float], new: Sequence[float]) -> float:
    """Of being so much worse by chance: exact for yes and no, else by ranks."""
    worse = "less" if one.good == "higher" else "greater"
    if {*old, *new} <= {0.0, 1.0}:
        good = [[sum(side), len(side) - sum(side)] for side in (new, old)]
        return float(scipy.stats.fisher_exact(good, alternative=worse).pvalue)
    return float(scipy.stats.mannwhitneyu(new, old, alternative=worse).pvalue)
