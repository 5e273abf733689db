"""How many cases a gate needs: before a run, and to decide what a run left open."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from holdfast.evaluation.suite import Suite
from holdfast.statistics.power import (
    minimum_detectable_effect,
    paired_variance,
    power,
    sample_size,
)

MOST = 1_000_000
POWER = 0.8
RATE, CORRELATION = 0.9, 0.5
"""What a plan supposes of an assertion: how often it holds, and how alike two releases are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a suite can see of one metric on one slice with the cases it has.

    ``power`` is the chance to pass when the candidate is as good as the baseline, ``detectable``
    the margin that would pass with a chance of 80 %, ``needed`` the cases for the suite's own.
    """

    metric: str
    slice: str
    margin: float
    cases: int
    power: float
    detectable: float
    needed: int
    variance: str
    """measured, by the suite's newest gate, or supposed."""


def cases_needed(values: Sequence[float], *, gap: float, confidence: float) -> int:
    """Cases that would tell these values' mean from what is ``gap`` away, with power 80 %.

    Where nothing varied, so many as make even one unseen exception in the gap unlikely.

    >>> cases_needed([0.0] * 10, gap=0.1, confidence=0.95)
    29
    """
    distance = min(max(gap, 1e-4), 1 - 1e-9)
    exact = math.ceil(math.log(1 - confidence) / math.log(1 - distance))
    variance = float(np.var(values, ddof=1)) if len(values) > 1 else 0.25
    if variance == 0:
        return min(exact, MOST)
    need = sample_size(variance=variance, margin=distance, confidence=confidence, power=POWER)
    return min(max(need, exact), MOST)


def plan(
    suite: Suite,
    cases: Sequence[tuple[str, frozenset[str]]],
    *,
    seen: Mapping[tuple[str, str], float] = MappingProxyType({}),
) -> tuple[Plan, ...]:
    """What every margin of a suite can see; ``cases`` are (cluster, tags), one for each case.

    ``seen`` is the variance of the differences that an earlier gate measured, by metric and slice.
    Without one (or where nothing moved) a plan supposes assertions that hold for 90 % of cases and
    agree between releases with a correlation of 0.5; several samples of a case only help.
    """
    supposed = paired_variance(RATE, RATE, correlation=CORRELATION)
    found = []
    for metric in suite.metrics:
        for part in ("", *suite.slices):
            if metric.margin is None:
                continue
            n = len({cluster for cluster, tags in cases if not part or part in tags})
            measured = seen.get((metric.name, part), 0.0)
            variance, margin = measured or supposed, max(metric.margin, 1e-4)
            confidence = suite.confidence
            found.append(
                Plan(
                    metric.name,
                    part,
                    metric.margin,
                    n,
                    power(n, variance=variance, margin=margin, confidence=confidence) if n else 0.0,
                    minimum_detectable_effect(n, variance=variance, confidence=confidence)
                    if n
                    else 1.0,
                    sample_size(variance=variance, margin=margin, confidence=confidence),
                    "measured" if measured else "supposed",
                )
            )
    return tuple(found)
