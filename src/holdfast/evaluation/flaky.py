"""Which cases differ from themselves: the same subject, asked again, passes now and fails then.

One case's verdict may be noise. It is called flaky only where the exact interval of its pass rate
excludes both "it always passes" and "it always fails" (``statistics.repeat``). Only such a case may
be in quarantine, where it is asked but does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from holdfast.domain.score import Score
from holdfast.evaluation.suite import Metric, Suite
from holdfast.statistics.interval import Interval
from holdfast.statistics.repeat import Behaviour, flakiness

LEAST = 2
"""Samples from which a case can differ from itself."""

Sampled: TypeAlias = tuple[str, str, str, Score]
"""Subject, metric, case and the score of one sample."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How one case did on one metric, over all samples of one subject."""

    case: str
    metric: str
    subject: str
    passed: int
    samples: int
    behaviour: Behaviour
    rate: Interval

    @property
    def flaky(self) -> bool:
        return self.behaviour == "flaky"


def steadiness(suite: Suite, samples: Iterable[Sampled]) -> list[Steadiness]:
    """What the samples of each subject say of each case and metric; flaky ones first."""
    metrics = {metric.name: metric for metric in suite.metrics}
    all_, good = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for subject, metric, case, score in samples:
        passes = _passes(metrics[metric], score) if metric in metrics else None
        if passes is not None:
            all_[subject, metric, case] += 1
            good[subject, metric, case] += passes
    found = []
    for key, n in all_.items():
        if n >= LEAST:
            said = flakiness(good[key], n, confidence=suite.confidence)
            subject, metric, case = key
            found.append(Steadiness(case, metric, subject, good[key], n, said.behaviour, said.rate))
    return sorted(found, key=lambda one: (not one.flaky, one.case, one.metric, one.subject))


def _passes(metric: Metric, score: Score) -> bool | None:
    """Whether a sample passes; None where it has no word.

    An assertion says it itself, a number by reaching the metric's threshold.
    """
    if isinstance(score.value, bool):
        return score.value
    if not isinstance(score.value, int | float) or metric.threshold is None:
        return None
    return score.value >= metric.threshold if metric.higher else score.value <= metric.threshold
