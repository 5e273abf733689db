"""A run with its outputs and scores: what gates and reports look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.evaluation.run import Run
from holdfast.evaluation.scoring import Scores


@dataclass(frozen=True, slots=True)
class Measured:
    """What a subject answered to the cases of a run, and what the scorers say of it."""

    run: Run
    cases: tuple[Case, ...]
    outputs: Mapping[tuple[str, int], Output]
    scores: Mapping[str, Scores]
    """Metric -> its scores by (case, sample)."""

    @property
    def errors(self) -> int:
        """Outputs that the infrastructure spoiled; they enter no denominator."""
        return sum(bool(output.error) for output in self.outputs.values())

    @property
    def wanted(self) -> int:
        """Outputs that a whole run has."""
        return len(self.cases) * self.run.samples

    def values(self, metric: str) -> dict[str, tuple[float, ...]]:
        """The numbers and assertions (0 or 1) of each case that has any, by case."""
        return case_values(self.scores[metric])

    def means(self, metric: str) -> dict[str, float]:
        """The mean over the samples of each case that has a score."""
        return case_means(self.scores[metric])

    def crashed(self, metric: str) -> int:
        """Samples on which the metric's scorer crashed."""
        return sum(bool(score.error) for score in self.scores[metric].values())


def case_values(scores: Scores) -> dict[str, tuple[float, ...]]:
    """The numbers and assertions (0 or 1) of each case that has any."""
    found: dict[str, tuple[float, ...]] = {}
    for (case, _), score in scores.items():
        if isinstance(score.value, bool | int | float):
            found[case] = (*found.get(case, ()), float(score.value))
    return found


def case_means(scores: Scores) -> dict[str, float]:
    """The mean over the samples of each case that has a number or an assertion."""
    return {case: sum(found) / len(found) for case, found in case_values(scores).items()}
